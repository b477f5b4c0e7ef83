package dev.savile.data;

import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Split rows into TRAIN, SELECT and TEST: 60, 20 and 20 of 100, each label in proportion, groups of
/// near-duplicates whole.
///
/// SELECT and TEST have 200 to 2,000 rows each (100 are enough below 1,000 rows in all), but never more than three
/// tenths of all rows: a floor must not eat what is learned from. What they leave goes to TRAIN.
public final class Splitter {
    private static final double SHARE = 0.2;
    private static final double MAX_SHARE = 0.3;
    private static final int MIN_ROWS = 200;
    private static final int MIN_ROWS_SMALL = 100;
    private static final int SMALL = 1000;
    private static final int MAX_ROWS = 2000;
    /// With fewer rows no share could be measured on.
    private static final int MIN_ALL = 40;
    /// With fewer rows a study explores; it cannot vouch for quality.
    private static final int MIN_FOR_A_CLAIM = 100;
    /// A label with fewer rows stays in TRAIN whole.
    private static final int MIN_OF_LABEL = 3;
    private static final int MIN_DEV_ROWS = 16;

    private Splitter() {}

    /// Split off SELECT and TEST.
    ///
    /// @throws UserError `data.few` when there are too few rows
    public static Split of(Duplicates data, long seed) {
        int size = heldOut(data.kept().size());
        var drawn = StratifiedDraw.of(data.kept(), data.groups(), List.of(size, size), MIN_OF_LABEL, seed, "split");
        List<String> warnings = new ArrayList<>();
        if (data.kept().size() < MIN_FOR_A_CLAIM)
            warnings.add(
                    "with " + data.kept().size() + " rows this is an exploration: so few say little about quality");
        return split(
                drawn, new TestRows(drawn.parts().getFirst()), drawn.parts().getLast(), data.groups(), warnings);
    }

    /// Split off SELECT only; the test rows are given, and stay as they are. Rows that repeat a test row, or
    /// nearly do, leave TRAIN and SELECT. The test rows get ids of their own behind those of the data.
    ///
    /// @throws UserError `data.few` when there are too few rows
    public static Split withTest(Duplicates data, List<LabelledRow> test, long seed) {
        int nextId = 1 + data.kept().stream().mapToInt(LabelledRow::id).max().orElse(0);
        List<LabelledRow> numbered = new ArrayList<>();
        for (LabelledRow row : test) numbered.add(row.withId(nextId + numbered.size()));
        List<LabelledRow> kept = apartFrom(data.kept(), numbered);
        int left = data.kept().size() - kept.size();
        List<String> warnings = new ArrayList<>();
        if (left > 0)
            warnings.add(left + (left == 1 ? " row" : " rows")
                    + " left TRAIN because the test file has the same or nearly so");
        var drawn = StratifiedDraw.of(kept, data.groups(), List.of(heldOut(kept.size())), MIN_OF_LABEL, seed, "split");
        return split(drawn, new TestRows(numbered), drawn.parts().getFirst(), data.groups(), warnings);
    }

    /// Hold out a number of rows, which become SELECT; there is no test part.
    public static Split holdOut(Duplicates data, int rows, long seed) {
        var drawn = StratifiedDraw.of(data.kept(), data.groups(), List.of(Math.max(1, rows)), 2, seed, "held out");
        return new Split(drawn.rest(), drawn.parts().getFirst(), new TestRows(List.of()), data.groups(), List.of());
    }

    /// Take TRAIN apart once more, for stopping, rates and prompt search: the select part is a fifth, at least 16
    /// rows, but never more than a third. There is no test part.
    public static Split inner(List<LabelledRow> train, Groups groups, long seed) {
        int size = Math.min(Math.max(MIN_DEV_ROWS, (int) Math.round(SHARE * train.size())), train.size() / 3);
        return inner(train, groups, size, seed);
    }

    /// Take TRAIN apart once more with so many rows in the select part.
    public static Split inner(List<LabelledRow> train, Groups groups, int size, long seed) {
        var drawn = StratifiedDraw.of(train, groups, List.of(size), 2, seed, "inner split");
        return new Split(drawn.rest(), drawn.parts().getFirst(), new TestRows(List.of()), groups, List.of());
    }

    /// Take apart rows that have no near-duplicates.
    public static Split inner(List<LabelledRow> train, long seed) {
        return inner(train, Groups.none(), seed);
    }

    private static Split split(
            StratifiedDraw drawn, TestRows test, List<LabelledRow> select, Groups groups, List<String> given) {
        List<String> warnings = new ArrayList<>(given);
        if (!drawn.rare().isEmpty()) {
            String rare = String.join(
                    ", ",
                    drawn.rare().entrySet().stream()
                            .map(e -> e.getKey() + " (" + e.getValue() + ")")
                            .toList());
            warnings.add("labels with one or two rows stay in TRAIN and are not tested: " + rare);
        }
        var split = new Split(drawn.rest(), select, test, groups, warnings);
        if (split.untrainedLabels().isEmpty()) return split;
        warnings.add("labels of the test without a row to learn from: " + String.join(", ", split.untrainedLabels()));
        return new Split(drawn.rest(), select, test, groups, warnings);
    }

    private static int heldOut(int rows) {
        if (rows < MIN_ALL)
            throw new UserError(
                    "data.few",
                    "only " + rows + " different rows are left",
                    "with so few rows no technique can be told from another",
                    "give at least " + MIN_ALL + " rows; a few hundred are a good start");
        int least = Math.min(rows < SMALL ? MIN_ROWS_SMALL : MIN_ROWS, (int) (MAX_SHARE * rows));
        return Math.min(MAX_ROWS, Math.max(least, (int) Math.round(SHARE * rows)));
    }

    /// Return the rows that are no near-duplicate of a test row.
    public static List<LabelledRow> apartFrom(List<LabelledRow> rows, List<LabelledRow> test) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (LabelledRow row : test) numbers.putIfAbsent(Normalised.of(row.text()), numbers.size());
        int testTexts = numbers.size();
        int[] numberOf = new int[rows.size()];
        for (int i = 0; i < numberOf.length; i++)
            numberOf[i] = numbers.computeIfAbsent(Normalised.of(rows.get(i).text()), text -> numbers.size());
        int[] groups = NearDuplicates.groups(List.copyOf(numbers.keySet()));
        Set<Integer> tested = new LinkedHashSet<>();
        for (int i = 0; i < testTexts; i++) tested.add(groups[i]);
        List<LabelledRow> apart = new ArrayList<>();
        for (int i = 0; i < numberOf.length; i++) if (!tested.contains(groups[numberOf[i]])) apart.add(rows.get(i));
        return apart;
    }
}
