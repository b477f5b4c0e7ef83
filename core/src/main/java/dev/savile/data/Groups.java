package dev.savile.data;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Tell which rows belong together: near-duplicates, or rows of one author or text. A group is named by the id of its
/// first row; a row that stands alone is its own group. Groups are never split between TRAIN, SELECT and TEST, and no
/// row becomes an example for its own group.
///
/// @param byRow group of each row that is not the first of its group
public record Groups(Map<Integer, Integer> byRow) {
    public Groups {
        byRow = Collections.unmodifiableMap(new TreeMap<>(byRow));
    }

    /// Let every row stand alone.
    public static Groups none() {
        return new Groups(Map.of());
    }

    /// @param first for each row the place, in the list, of the first row of its group
    static Groups of(List<LabelledRow> rows, int[] first) {
        Map<Integer, Integer> byRow = new TreeMap<>();
        for (int i = 0; i < first.length; i++)
            if (first[i] != i) byRow.put(rows.get(i).id(), rows.get(first[i]).id());
        return new Groups(byRow);
    }

    /// Join groups further: rows with equal keys belong together too. An empty key joins nothing.
    ///
    /// @param keys one for each row
    public Groups joinedBy(List<LabelledRow> rows, List<String> keys) {
        var joined = new UnionFind(rows.size());
        Map<Integer, Integer> byGroup = new HashMap<>();
        Map<String, Integer> byKey = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            int place = i;
            joined.join(i, byGroup.computeIfAbsent(of(rows.get(i)), _ -> place));
            if (!keys.get(i).isEmpty()) joined.join(i, byKey.computeIfAbsent(keys.get(i), _ -> place));
        }
        return of(rows, joined.groups());
    }

    /// Join groups further: rows whose texts are the same or nearly so belong together too.
    public Groups joinedByText(List<LabelledRow> rows) {
        int[] first = NearDuplicates.groups(
                rows.stream().map(row -> Normalised.of(row.text())).toList());
        return joinedBy(rows, Arrays.stream(first).mapToObj(Integer::toString).toList());
    }

    public int of(LabelledRow row) {
        return of(row.id());
    }

    /// @param row id of a row
    public int of(int row) {
        return byRow.getOrDefault(row, row);
    }

    /// Number of groups that hold more than one row.
    public int shared() {
        return (int) byRow.values().stream().distinct().count();
    }
}
