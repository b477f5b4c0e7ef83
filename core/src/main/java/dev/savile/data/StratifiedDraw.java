package dev.savile.data;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Draw parts of given sizes out of rows, each label in proportion, groups whole.
///
/// A group counts for the label of its first row. At least one group of each label stays in the rest, and so do
/// labels with too few rows.
///
/// @param parts in the order of the sizes asked for, each sorted by id
/// @param rest  all other rows, sorted by id
/// @param rare  number of rows of each label that was too rare to be drawn from
record StratifiedDraw(List<List<LabelledRow>> parts, List<LabelledRow> rest, Map<String, Integer> rare) {
    private static final Comparator<LabelledRow> BY_ID = Comparator.comparingInt(LabelledRow::id);

    /// @param sizes      rows of each part
    /// @param minOfLabel labels with fewer rows are left whole
    /// @param purpose    names the random stream; each label has one of its own, so a label more does not shift
    ///                   the others
    static StratifiedDraw of(
            List<LabelledRow> rows, Groups groups, List<Integer> sizes, int minOfLabel, long seed, String purpose) {
        Map<String, List<List<LabelledRow>>> byLabel = groupsByLabel(rows, groups);
        List<LabelledRow> rest = new ArrayList<>();
        Map<String, Integer> rare = new TreeMap<>();
        byLabel.values().removeIf(ofLabel -> {
            int count = count(ofLabel);
            if (count >= minOfLabel) return false;
            rare.put(ofLabel.getFirst().getFirst().label(), count);
            ofLabel.forEach(rest::addAll);
            return true;
        });
        List<Map<String, Integer>> shares =
                sizes.stream().map(size -> shares(byLabel, size)).toList();
        List<List<LabelledRow>> parts = new ArrayList<>();
        for (int part = 0; part < sizes.size(); part++) parts.add(new ArrayList<>());
        byLabel.forEach((label, ofLabel) -> {
            int[] room = shares.stream()
                    .mapToInt(share -> share.getOrDefault(label, 0))
                    .toArray();
            int[] order = Rng.of(seed, purpose, label).permutation(ofLabel.size());
            for (int i = 0; i < order.length; i++) {
                List<LabelledRow> group = ofLabel.get(order[i]);
                int part = i == order.length - 1 ? -1 : firstWithRoom(room, group.size());
                if (part < 0) {
                    rest.addAll(group);
                } else {
                    parts.get(part).addAll(group);
                    room[part] -= group.size();
                }
            }
        });
        parts.forEach(part -> part.sort(BY_ID));
        rest.sort(BY_ID);
        return new StratifiedDraw(parts, rest, rare);
    }

    private static int firstWithRoom(int[] room, int size) {
        for (int part = 0; part < room.length; part++) if (room[part] >= size) return part;
        return -1;
    }

    private static Map<String, List<List<LabelledRow>>> groupsByLabel(List<LabelledRow> rows, Groups groups) {
        Map<Integer, List<LabelledRow>> byGroup = new LinkedHashMap<>();
        for (LabelledRow row : rows)
            byGroup.computeIfAbsent(groups.of(row), key -> new ArrayList<>()).add(row);
        Map<String, List<List<LabelledRow>>> byLabel = new TreeMap<>();
        for (List<LabelledRow> group : byGroup.values())
            byLabel.computeIfAbsent(group.getFirst().label(), key -> new ArrayList<>())
                    .add(group);
        return byLabel;
    }

    /// Share a number of rows among labels in proportion to theirs; what rounding leaves goes to the largest
    /// remainders.
    private static Map<String, Integer> shares(Map<String, List<List<LabelledRow>>> byLabel, int size) {
        long all = byLabel.values().stream().mapToLong(StratifiedDraw::count).sum();
        Map<String, Integer> shares = new TreeMap<>();
        Map<String, Long> remainders = new TreeMap<>();
        int given = 0;
        for (Map.Entry<String, List<List<LabelledRow>>> entry : byLabel.entrySet()) {
            long exact = Math.min(size, all) * count(entry.getValue());
            shares.put(entry.getKey(), (int) (exact / all));
            remainders.put(entry.getKey(), exact % all);
            given += (int) (exact / all);
        }
        List<String> order = remainders.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
        for (int i = 0; i < Math.min(order.size(), size - given); i++) shares.merge(order.get(i), 1, Integer::sum);
        return shares;
    }

    private static int count(List<List<LabelledRow>> groups) {
        return groups.stream().mapToInt(List::size).sum();
    }
}
