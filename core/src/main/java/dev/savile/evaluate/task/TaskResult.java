package dev.savile.evaluate.task;

import dev.savile.engine.Rng;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Comparison;
import java.util.List;

/// What a system reached on a task, and what it cost.
///
/// @param task    name and version
/// @param system  name of the system
/// @param split   which items
/// @param scores  the primary one first
/// @param items   in the order of the task; empty for tasks without answers
/// @param seconds for all items
/// @param cached  questions answered from an earlier run; their time is not in `seconds`
public record TaskResult(
        String task,
        String system,
        String split,
        List<Score> scores,
        List<ItemResult> items,
        double seconds,
        long cached) {
    /// Share of answers cut at their length above which a comparison is biased by it.
    private static final double MANY_CUT = 0.05;

    public TaskResult {
        scores = List.copyOf(scores);
        items = List.copyOf(items);
    }

    public Score primary() {
        return scores.getFirst();
    }

    public double[] credits() {
        return items.stream().mapToDouble(ItemResult::credit).toArray();
    }

    /// Compare with another system on the same items.
    ///
    /// @param tolerance gap that does not matter, as a share
    public Comparison against(TaskResult other, double tolerance, long seed) {
        return Comparison.of(credits(), other.credits(), tolerance, Rng.of(seed, "against", system, other.system));
    }

    /// Items on which one of two systems is better, by their place in the list: those of this one, then the other's.
    public List<List<Integer>> flips(TaskResult other) {
        List<Integer> own = new java.util.ArrayList<>();
        List<Integer> others = new java.util.ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            double gap = items.get(i).credit() - other.items.get(i).credit();
            if (gap > 0) own.add(i);
            if (gap < 0) others.add(i);
        }
        return List.of(own, others);
    }

    public double meanPromptTokens() {
        return items.stream().mapToInt(ItemResult::promptTokens).average().orElse(0);
    }

    public double meanWrittenTokens() {
        return items.stream().mapToInt(ItemResult::writtenTokens).average().orElse(0);
    }

    public long unparsed() {
        return items.stream().filter(item -> !item.unparsed().isEmpty()).count();
    }

    public long cutAtLength() {
        return items.stream().filter(ItemResult::cutAtLength).count();
    }

    public long withoutAllDemos() {
        return items.stream()
                .filter(item -> item.demosKept() < item.demosRequested())
                .count();
    }

    public long failed() {
        return items.stream().filter(item -> !item.failed().isEmpty()).count();
    }

    /// What a reader must know before they trust the scores.
    public List<String> warnings() {
        List<String> warnings = new java.util.ArrayList<>();
        int n = items.size();
        if (unparsed() > 0) warnings.add(unparsed() + " of " + n + " answers could not be read; they count as wrong");
        if (cutAtLength() > MANY_CUT * n)
            warnings.add(cutAtLength() + " of " + n
                    + " answers were cut off at their longest length, which biases a comparison: raise max-tokens");
        if (withoutAllDemos() > 0)
            warnings.add("of " + withoutAllDemos() + " of " + n + " prompts worked examples were dropped to fit");
        if (failed() > 0) warnings.add(failed() + " of " + n + " items were too long to ask; they count as wrong");
        return warnings;
    }
}
