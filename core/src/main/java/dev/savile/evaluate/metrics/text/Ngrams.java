package dev.savile.evaluate.metrics.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs of neighbouring items and how often each occurs.
final class Ngrams {
    private Ngrams() {}

    static <T> Map<List<T>, Integer> count(List<T> items, int order) {
        Map<List<T>, Integer> counts = new HashMap<>();
        for (int i = 0; i + order <= items.size(); i++) counts.merge(items.subList(i, i + order), 1, Integer::sum);
        return counts;
    }

    /// Sum of what both have, each run counted as often as in the one that has it less.
    static <T> int shared(Map<List<T>, Integer> a, Map<List<T>, Integer> b) {
        int sum = 0;
        for (Map.Entry<List<T>, Integer> entry : a.entrySet())
            sum += Math.min(entry.getValue(), b.getOrDefault(entry.getKey(), 0));
        return sum;
    }
}
