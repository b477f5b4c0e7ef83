package dev.savile.select.optimize;

import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.engine.Rng;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.statistics.Holm;
import dev.savile.evaluate.statistics.PairedBootstrap;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskRun.Expected;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.select.Budget;
import dev.savile.technique.prompt.CorrectOnly;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Search for a prompt under which one small local model expects the right answers more: system text and
/// instructions, label words, worked examples, calibration, one after the other.
///
/// TRAIN alone is used, taken apart once more: four fifths, at most 500 rows, are compared on, examples come from the
/// rest; near-duplicates stay on one side, so no prompt is judged on its own examples. Candidates are compared by the
/// log-probability of the right answer, which says more a row than counting right answers; all on the same rows, few at
/// first and more for those that are left. A change is accepted when its gain is beyond chance, with all finalists
/// counted, and costs no accuracy beyond the tolerance. That nothing helps is a usual result.
///
/// *Cost*: about 25 candidates over 35 rows, a third of them over 105, three of each kind over all. *Origin*: demo
/// search as in Khattab et al., "DSPy", 2023; successive halving, Jamieson and Talwalkar, 2016.
public final class PromptOptimizer {
    private static final double DEV_SHARE = 0.8;
    private static final int MAX_DEV = 500;
    private static final int FIRST_ROWS = 35;
    private static final int SECOND_ROWS = 105;
    private static final int FINALISTS = 3;
    private static final double ALPHA = 0.05;
    private static final int DRAWS = 2_000;
    private static final int RANDOM_SETS = 8;
    private static final int MAX_SHOTS = 8;
    private static final int FEW_ROWS = 50;
    /// Rows that examples are chosen from.
    private static final int MAX_POOL = 500;

    private final TaskData data;
    private final TaskSystem system;
    private final AnswerCache cache;
    private final long seed;
    private final double tolerance;
    private final Budget budget;
    private final Progress progress;
    private final StopSignal stop;
    private final List<TaskItem> dev;
    private final List<TaskItem> pool;
    private final List<PromptStep> steps = new ArrayList<>();

    /// Rows and scores of a prompt.
    private record Measured(PromptCandidate candidate, List<Expected> rows) {
        double objective() {
            return rows.stream().mapToDouble(Expected::logProbability).average().orElse(0);
        }

        double accuracy() {
            return rows.stream().mapToDouble(Expected::credit).average().orElse(0);
        }
    }

    /// @param system    the prompt to begin with is its own
    /// @param tolerance accuracy that a change may cost, as a share
    /// @param budget    time after which what was found counts
    /// @throws UserError `prompt.few` when there are too few rows to search with
    public PromptOptimizer(
            TaskData data,
            TaskSystem system,
            AnswerCache cache,
            double tolerance,
            Budget budget,
            long seed,
            Progress progress,
            StopSignal stop) {
        this.data = data;
        this.system = system;
        this.cache = cache;
        this.seed = seed;
        this.tolerance = tolerance;
        this.budget = budget;
        this.progress = progress;
        this.stop = stop;
        if (data.train().size() < FEW_ROWS)
            throw new UserError(
                    "prompt.few",
                    "the task " + data.spec().name() + " has " + data.train().size() + " rows to search with",
                    "with fewer than " + FEW_ROWS + " a search finds what fits them by chance",
                    "write the prompt by hand, or give more rows");
        List<LabelledRow> rows = data.rows(data.train());
        Map<Integer, TaskItem> byId = new LinkedHashMap<>();
        for (TaskItem item : data.train()) byId.put(item.id(), item);
        int devRows = (int) Math.min(MAX_DEV, Math.round(DEV_SHARE * rows.size()));
        Split split = Splitter.inner(rows, data.groups(), devRows, seed);
        if (split.select().isEmpty())
            throw new UserError(
                    "prompt.few",
                    "no rows of the task " + data.spec().name() + " can be kept back to judge prompts on",
                    "rows that belong together stay together, and these are too few groups",
                    "write the prompt by hand, or give more rows");
        dev = items(split.select(), byId);
        pool = Evenly.of(items(split.train(), byId), MAX_POOL);
    }

    private static List<TaskItem> items(List<LabelledRow> rows, Map<Integer, TaskItem> byId) {
        List<TaskItem> items = new ArrayList<>();
        for (LabelledRow row : rows) {
            TaskItem item = byId.get(row.id());
            if (item != null) items.add(item);
        }
        return items;
    }

    List<TaskItem> dev() {
        return dev;
    }

    List<TaskItem> pool() {
        return pool;
    }

    /// Search. Call it on the engine's thread.
    ///
    /// @param instructions further instructions to try, such as the user's own
    public OptimizedPrompt run(List<String> instructions) {
        PromptBundle best = system.bundle();
        best = step("system text", best, systems(best));
        best = step("instruction", best, instructions(best, instructions));
        best = step("label words", best, labelWords(best));
        best = step("examples", best, examples(best));
        if (data.spec().kind() == TaskKind.LABEL) best = step("calibration", best, calibrated(best));
        return new OptimizedPrompt(best, steps, dev.size(), pool.size(), over());
    }

    private boolean over() {
        return stop.requested() || budget.left() <= 0;
    }

    /// Try candidates against the prompt so far and return the one to go on with.
    private PromptBundle step(String what, PromptBundle current, List<PromptCandidate> candidates) {
        if (candidates.isEmpty() || over()) return current;
        var own = new PromptCandidate("as it is", current);
        List<PromptCandidate> alive = candidates;
        for (int rows : new int[] {FIRST_ROWS, SECOND_ROWS}) {
            if (alive.size() <= FINALISTS || rows >= dev.size()) continue;
            List<Measured> measured = measure(alive, rows);
            if (over()) return current;
            int keep = rows == FIRST_ROWS ? Math.max(FINALISTS, (alive.size() + 2) / 3) : FINALISTS;
            alive = measured.stream()
                    .sorted(Comparator.comparingDouble((Measured one) -> -one.objective()))
                    .limit(keep)
                    .map(Measured::candidate)
                    .toList();
        }
        List<PromptCandidate> last = new ArrayList<>(alive);
        last.add(own);
        List<Measured> finals = measure(last, dev.size());
        if (finals.size() < last.size()) return current;
        return decide(what, candidates.size(), finals.getLast(), finals.subList(0, finals.size() - 1));
    }

    private PromptBundle decide(String what, int tried, Measured own, List<Measured> finalists) {
        double[] p = new double[finalists.size()];
        for (int i = 0; i < p.length; i++) p[i] = betterP(finalists.get(i), own, what);
        double[] adjusted = Holm.adjust(p);
        int best = 0;
        for (int i = 1; i < p.length; i++)
            if (finalists.get(i).objective() > finalists.get(best).objective()) best = i;
        Measured winner = finalists.get(best);
        boolean beyondChance = adjusted[best] < ALPHA && winner.objective() > own.objective();
        boolean costs = own.accuracy() - winner.accuracy() > tolerance;
        String reason = !beyondChance
                ? "no gain beyond chance"
                : costs ? "right answers are expected more, yet fewer are right" : "a gain beyond chance";
        boolean accepted = beyondChance && !costs;
        steps.add(new PromptStep(
                what,
                tried,
                winner.candidate.words(),
                own.objective(),
                winner.objective(),
                own.accuracy(),
                winner.accuracy(),
                adjusted[best],
                accepted,
                reason));
        return (accepted ? winner : own).candidate.bundle();
    }

    private double betterP(Measured first, Measured second, String what) {
        Map<Integer, Double> others = new LinkedHashMap<>();
        for (Expected row : second.rows) others.put(row.item(), row.logProbability());
        double[] gaps = first.rows.stream()
                .filter(row -> others.containsKey(row.item()))
                .mapToDouble(row -> row.logProbability() - others.getOrDefault(row.item(), 0.0))
                .toArray();
        if (gaps.length < 2) return 1;
        return PairedBootstrap.of(gaps, DRAWS, Rng.of(seed, "optimize", what, first.candidate.words()))
                .signFlipGreaterP();
    }

    /// Score candidates on so many dev rows, the same for all.
    ///
    /// @return fewer than were given only when time ran out
    private List<Measured> measure(List<PromptCandidate> candidates, int rows) {
        List<TaskItem> items = Evenly.of(dev, rows);
        List<Measured> measured = new ArrayList<>();
        for (PromptCandidate candidate : candidates) {
            if (over()) return measured;
            Optional<List<Expected>> expected = run(candidate).expected(items);
            if (expected.isEmpty()) return measured;
            measured.add(new Measured(candidate, expected.get()));
        }
        return measured;
    }

    private TaskRun run(PromptCandidate candidate) {
        return new TaskRun(data, system.with(candidate.words(), candidate.bundle()), cache, seed, progress, stop);
    }

    private List<PromptCandidate> systems(PromptBundle current) {
        return Instructions.systems(data.spec().kind()).stream()
                .filter(text -> !text.equals(current.system()))
                .map(text -> new PromptCandidate(
                        text.isEmpty() ? "no system text" : "\"" + text + "\"",
                        current.change().system(text).done()))
                .toList();
    }

    private List<PromptCandidate> instructions(PromptBundle current, List<String> given) {
        Set<String> texts = new LinkedHashSet<>(given);
        texts.add("");
        texts.addAll(Instructions.usual(data.spec().kind()));
        texts.addAll(new Instructions(system, seed).proposed(pool, data.train(), stop));
        texts.remove(current.instruction());
        List<PromptCandidate> candidates = new ArrayList<>();
        for (String text : texts)
            candidates.add(new PromptCandidate(
                    text.isEmpty() ? "no instruction" : "\"" + text + "\"",
                    current.change().instruction(text).done()));
        if (!current.labels().isEmpty())
            candidates.add(new PromptCandidate(
                    current.listLabels() ? "labels not listed" : "labels listed",
                    current.change()
                            .labels(current.labels(), !current.listLabels())
                            .done()));
        return candidates;
    }

    /// Labels as a person would write them, where their names are those of a program.
    private List<PromptCandidate> labelWords(PromptBundle current) {
        List<PromptCandidate> candidates = new ArrayList<>();
        if (current.labels().isEmpty()) return candidates;
        for (LabelWords way : LabelWords.values()) {
            Map<String, String> words = way.of(current.labels());
            if (!words.isEmpty() && !words.equals(current.words()))
                candidates.add(new PromptCandidate(
                        way.words(), current.change().words(words).done()));
        }
        return candidates;
    }

    /// Sets of examples that stay the same for every message, and ways to choose them by the message.
    private List<PromptCandidate> examples(PromptBundle current) {
        List<Demo> demos = pool.stream().map(TaskItem::demo).toList();
        List<PromptCandidate> candidates = new ArrayList<>();
        for (DemoStrategy strategy : DemoStrategy.values()) {
            if (strategy.fixed()) continue;
            for (int shots : new int[] {4, MAX_SHOTS})
                candidates.add(new PromptCandidate(
                        shots + " examples by " + strategy.id(), withDemos(current, strategy, shots, seed, demos)));
        }
        for (int set = 0; set < RANDOM_SETS; set++) {
            int shots = 1 + set % 4 * 2;
            DemoStrategy strategy = set % 2 == 0 ? DemoStrategy.RANDOM : DemoStrategy.LABEL_BALANCED;
            candidates.add(new PromptCandidate(
                    shots + " examples by " + strategy.id() + ", set " + set,
                    withDemos(current, strategy, shots, seed + set, demos)));
        }
        List<Demo> solved = solved(current);
        for (int set = 0; set < RANDOM_SETS / 2 && !solved.isEmpty(); set++) {
            int shots = 1 + set * 2;
            candidates.add(new PromptCandidate(
                    shots + " examples that the model solves itself, set " + set,
                    withDemos(current, DemoStrategy.RANDOM, shots, seed + set, solved)));
        }
        return candidates;
    }

    /// Rows of the pool that the model solves with the help of rows of other folds.
    private List<Demo> solved(PromptBundle current) {
        if (data.spec().kind().written() || over()) return List.of();
        Map<Integer, TaskItem> byId = new LinkedHashMap<>();
        List<LabelledRow> rows = new ArrayList<>();
        for (TaskItem item : Evenly.of(pool, SECOND_ROWS)) {
            byId.put(item.id(), item);
            rows.add(new LabelledRow(item.id(), item.input(), item.answer(), item.line()));
        }
        try {
            var correct = CorrectOnly.of(rows, data.groups(), seed, (questions, examples) -> {
                PromptBundle shown = withDemos(
                        current,
                        DemoStrategy.RANDOM,
                        MAX_SHOTS / 2,
                        seed,
                        items(examples, byId).stream().map(TaskItem::demo).toList());
                Map<Integer, Double> credits = new LinkedHashMap<>();
                run(new PromptCandidate("rows that it solves", shown))
                        .expected(items(questions, byId))
                        .ifPresent(all -> all.forEach(one -> credits.put(one.item(), one.credit())));
                boolean[] solves = new boolean[questions.size()];
                for (int i = 0; i < solves.length; i++)
                    solves[i] = credits.getOrDefault(questions.get(i).id(), 0.0) == 1;
                return solves;
            });
            return items(correct.pool(), byId).stream().map(TaskItem::demo).toList();
        } catch (UserError e) {
            if (!e.code().equals("prompt.correct-only")) throw e;
            return List.of(); // it solves none: there are no such examples
        }
    }

    private static PromptBundle withDemos(
            PromptBundle current, DemoStrategy strategy, int shots, long drawSeed, List<Demo> demos) {
        return current.withDemos(new PromptBundle.Demos(
                strategy.id(),
                shots,
                drawSeed,
                0,
                demos,
                DemoOrder.REVERSE,
                current.demos().layout(),
                current.demos().delimiter(),
                current.demos().encoder()));
    }

    private List<PromptCandidate> calibrated(PromptBundle current) {
        List<PromptCandidate> candidates = new ArrayList<>();
        for (LabelPrior.Kind kind : LabelPrior.Kind.values()) {
            List<TaskItem> items = Evenly.of(pool, SECOND_ROWS);
            run(new PromptCandidate("calibration", current.change().prior(null).done()))
                    .prior(kind, items)
                    .ifPresent(prior -> candidates.add(new PromptCandidate(
                            "divided by what labels get "
                                    + (kind == LabelPrior.Kind.CC ? "without a message" : "on average"),
                            current.change().prior(prior).done())));
        }
        return candidates;
    }
}
