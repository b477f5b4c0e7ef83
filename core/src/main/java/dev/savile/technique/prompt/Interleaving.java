package dev.savile.technique.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Put ranked examples into an order with as few neighbours of one label as possible, the best as early as that
/// allows: each place takes the first example after which the rest can still be laid out best.
///
/// Examples grouped by label mislead a model, which leans to the label it saw last (Bertsch et al., "In-context
/// learning with long-context models", 2024).
final class Interleaving {
    private final Map<String, Integer> left = new HashMap<>(); // examples of each label; summed and looked up only
    private int rest;

    private Interleaving(List<String> labels) {
        for (String label : labels) left.merge(label, 1, Integer::sum);
        rest = labels.size();
    }

    /// Return the numbers of the examples in their new order.
    ///
    /// @param labels label of each example, best example first
    static List<Integer> of(List<String> labels) {
        var layout = new Interleaving(labels);
        List<Integer> unused = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) unused.add(i);
        List<Integer> order = new ArrayList<>();
        String last = "";
        while (!unused.isEmpty()) {
            int next = layout.next(labels, unused, last, !order.isEmpty());
            order.add(next);
            unused.remove((Object) next);
            last = labels.get(next);
            layout.take(last, 1);
        }
        return order;
    }

    private int next(List<String> labels, List<Integer> unused, String last, boolean follows) {
        int best = unused.getFirst();
        int fewest = Integer.MAX_VALUE;
        for (int i : unused) {
            String label = labels.get(i);
            int equal = follows && label.equals(last) ? 1 : 0;
            take(label, 1);
            int pairs = equal + equalNeighbours(label);
            take(label, -1);
            if (pairs >= fewest) continue;
            fewest = pairs;
            best = i;
        }
        return best;
    }

    private void take(String label, int count) {
        left.merge(label, -count, Integer::sum);
        rest -= count;
    }

    /// The fewest neighbours of one label that the rest can have behind a label: `n` examples of one label need `n - 1`
    /// others between them, and one more behind their own label.
    private int equalNeighbours(String before) {
        int most = 0;
        for (Map.Entry<String, Integer> label : left.entrySet()) {
            int own = label.getValue();
            int gaps = label.getKey().equals(before) ? own : own - 1;
            most = Math.max(most, gaps - (rest - own));
        }
        return most;
    }
}
