package dev.savile.select.optimize;

import dev.savile.engine.Rng;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskRun.Expected;
import dev.savile.select.Budget;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/// Scores of prompts on the inner dev rows. All prompts see the rows in one drawn order, so that the first so many are
/// the same rows for each and none is scored twice.
final class DevScores {
    private final List<TaskItem> order;
    private final Budget budget;
    private final Scoring scoring;
    private final Map<PromptBundle, Measured> known = new HashMap<>();

    /// How a prompt is scored on rows; nothing where that was stopped.
    interface Scoring {
        Optional<List<Expected>> score(PromptCandidate candidate, List<TaskItem> items);
    }

    /// What is known about a prompt.
    ///
    /// @param asked   rows it was asked, from the order's beginning
    /// @param rows    scores of those that fit the context
    /// @param seconds that scoring them took
    record Measured(PromptCandidate candidate, int asked, List<Expected> rows, double seconds) {
        double objective() {
            return rows.stream().mapToDouble(Expected::logProbability).average().orElse(Double.NEGATIVE_INFINITY);
        }

        /// Share of right answers; empty where answers are written, and no credit is known.
        OptionalDouble accuracy() {
            return rows.stream()
                    .mapToDouble(Expected::credit)
                    .filter(credit -> !Double.isNaN(credit))
                    .average();
        }

        double secondsPerRow() {
            return seconds / asked;
        }

        private Measured cut(int wanted, PromptCandidate named, Set<Integer> ids) {
            List<Expected> kept =
                    rows.stream().filter(row -> ids.contains(row.item())).toList();
            return new Measured(named, wanted, kept, secondsPerRow() * wanted);
        }
    }

    DevScores(List<TaskItem> dev, long seed, Budget budget, Scoring scoring) {
        order = new ArrayList<>();
        for (int i : Rng.of(seed, "optimize", "order of dev rows").permutation(dev.size())) order.add(dev.get(i));
        this.budget = budget;
        this.scoring = scoring;
    }

    int size() {
        return order.size();
    }

    /// Return a prompt's scores on the first so many rows, or on all there are; nothing where scoring was stopped.
    Optional<Measured> first(int rows, PromptCandidate candidate) {
        Measured before = known.getOrDefault(candidate.bundle(), new Measured(candidate, 0, List.of(), 0));
        int wanted = Math.min(rows, order.size());
        if (before.asked >= wanted) return Optional.of(before.cut(wanted, candidate, ids(wanted)));
        double start = budget.spent();
        Optional<List<Expected>> added = scoring.score(candidate, order.subList(before.asked, wanted));
        if (added.isEmpty()) return Optional.empty();
        List<Expected> all = new ArrayList<>(before.rows);
        all.addAll(added.get());
        var measured = new Measured(candidate, wanted, all, before.seconds + budget.spent() - start);
        known.put(candidate.bundle(), measured);
        return Optional.of(measured);
    }

    private Set<Integer> ids(int wanted) {
        return order.subList(0, wanted).stream().map(TaskItem::id).collect(Collectors.toSet());
    }
}
