package dev.savile.data;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Parts of about equal size into which rows are taken apart, each label in proportion, groups whole: what is said of
/// a part can be learned from the others.
///
/// @param parts at least two, each sorted by id
public record Folds(List<List<LabelledRow>> parts) {
    public Folds {
        parts = parts.stream().map(List::copyOf).toList();
    }

    /// Take rows apart. Each group goes to the fold that has the fewest rows of its label, among those to the one with
    /// the fewest rows; groups come in a drawn order, the largest first.
    ///
    /// @param count number of folds, at least 2; with fewer groups some stay empty
    public static Folds of(List<LabelledRow> rows, Groups groups, int count, long seed) {
        if (count < 2) throw new IllegalArgumentException("at least two folds are needed, got " + count);
        Map<String, List<List<LabelledRow>>> byLabel = new TreeMap<>();
        for (List<LabelledRow> group : whole(rows, groups))
            byLabel.computeIfAbsent(group.getFirst().label(), label -> new ArrayList<>())
                    .add(group);
        List<List<LabelledRow>> parts = new ArrayList<>();
        for (int fold = 0; fold < count; fold++) parts.add(new ArrayList<>());
        byLabel.forEach((label, ofLabel) -> deal(ofLabel, parts, Rng.of(seed, "folds", label)));
        parts.forEach(part -> part.sort(Comparator.comparingInt(LabelledRow::id)));
        return new Folds(parts);
    }

    /// Return the rows of all folds but one.
    public List<LabelledRow> others(int fold) {
        List<LabelledRow> others = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) if (i != fold) others.addAll(parts.get(i));
        others.sort(Comparator.comparingInt(LabelledRow::id));
        return others;
    }

    /// A group counts for the label of its first row.
    private static List<List<LabelledRow>> whole(List<LabelledRow> rows, Groups groups) {
        Map<Integer, List<LabelledRow>> byGroup = new LinkedHashMap<>();
        for (LabelledRow row : rows)
            byGroup.computeIfAbsent(groups.of(row), group -> new ArrayList<>()).add(row);
        return List.copyOf(byGroup.values());
    }

    private static void deal(List<List<LabelledRow>> ofLabel, List<List<LabelledRow>> parts, Rng rng) {
        int[] ofThisLabel = new int[parts.size()];
        List<List<LabelledRow>> order = new ArrayList<>();
        for (int i : rng.permutation(ofLabel.size())) order.add(ofLabel.get(i));
        order.sort(Comparator.comparingInt((List<LabelledRow> group) -> -group.size()));
        for (List<LabelledRow> group : order) {
            int to = 0;
            for (int fold = 1; fold < parts.size(); fold++) {
                int byLabel = Integer.compare(ofThisLabel[fold], ofThisLabel[to]);
                boolean smaller = parts.get(fold).size() < parts.get(to).size();
                if (byLabel < 0 || (byLabel == 0 && smaller)) to = fold;
            }
            parts.get(to).addAll(group);
            ofThisLabel[to] += group.size();
        }
    }
}
