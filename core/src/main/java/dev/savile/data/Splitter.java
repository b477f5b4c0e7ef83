package dev.savile.data;

import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Split rows into TRAIN, SELECT and TEST: 60, 20 and 20 of 100, each label in proportion, groups of near-duplicates
/// whole.
public final class Splitter {
    private static final double SHARE = 0.2;
    private static final int MIN_ROWS = 200;
    private static final int MIN_ROWS_SMALL = 100;
    private static final int SMALL = 1000;
    private static final int MAX_ROWS = 2000;
    /// With fewer rows no share could be measured on.
    private static final int MIN_ALL = 40;
    /// A label with fewer rows stays in TRAIN whole.
    private static final int MIN_OF_LABEL = 3;

    private Splitter() {}

    /// Split off SELECT and TEST.
    ///
    /// @throws UserError `data.few` when there are too few rows
    public static Split of(Duplicates data, long seed) {
        int size = heldOut(data.kept().size());
        return split(data, size, size, seed, List.of());
    }

    /// Split off SELECT only; the test rows are given. Rows that repeat a test row leave the training side, never the
    /// test.
    public static Split withTest(Duplicates data, List<LabelledRow> test, long seed) {
        Set<String> testTexts = new LinkedHashSet<>(
                test.stream().map(row -> Normalised.of(row.text())).toList());
        List<LabelledRow> kept = new ArrayList<>();
        List<Integer> groups = new ArrayList<>();
        for (int i = 0; i < data.kept().size(); i++) {
            if (testTexts.contains(Normalised.of(data.kept().get(i).text()))) continue;
            kept.add(data.kept().get(i));
            groups.add(data.group()[i]);
        }
        int removed = data.kept().size() - kept.size();
        List<String> warnings = removed == 0
                ? List.of()
                : List.of(removed + " rows left TRAIN because they stand in the test file too");
        var remaining = new Duplicates(
                kept,
                data.repeats(),
                data.conflicts(),
                groups.stream().mapToInt(Integer::intValue).toArray());
        Split split = split(remaining, heldOut(kept.size()), 0, seed, warnings);
        return new Split(split.train(), split.select(), test, split.warnings());
    }

    /// Hold out a number of rows, which become SELECT.
    public static Split holdOut(Duplicates data, int rows, long seed) {
        return split(data, Math.max(1, rows), 0, seed, List.of());
    }

    /// Take a share of TRAIN for stopping and for learning rates: a fifth, at least 16 rows.
    public static Split inner(List<LabelledRow> train, long seed) {
        int size = Math.max(16, (int) Math.round(SHARE * train.size()));
        if (size >= train.size()) size = Math.max(1, train.size() / 3);
        int[] group = new int[train.size()];
        for (int i = 0; i < group.length; i++) group[i] = i;
        return split(new Duplicates(train, List.of(), List.of(), group), size, 0, seed, List.of());
    }

    private static int heldOut(int rows) {
        if (rows < MIN_ALL)
            throw new UserError(
                    "data.few",
                    "only " + rows + " different rows are left",
                    "with so few rows no technique can be told from another",
                    "give at least " + MIN_ALL + " rows; a few hundred are a good start");
        int wanted = (int) Math.round(SHARE * rows);
        int least = rows < SMALL ? MIN_ROWS_SMALL : MIN_ROWS;
        // a floor must not eat the rows to learn from
        return Math.min(MAX_ROWS, Math.max(wanted, Math.min(least, (int) Math.floor(0.3 * rows))));
    }

    private static Split split(Duplicates data, int selectSize, int testSize, long seed, List<String> given) {
        Map<String, List<List<LabelledRow>>> byLabel = new TreeMap<>();
        List<String> rare = new ArrayList<>();
        List<LabelledRow> train = new ArrayList<>();
        groupsByLabel(data).forEach((label, groups) -> {
            int rows = groups.stream().mapToInt(List::size).sum();
            if (rows < MIN_OF_LABEL) {
                rare.add(label + " (" + rows + ")");
                groups.forEach(train::addAll);
            } else {
                byLabel.put(label, groups);
            }
        });
        int all = byLabel.values().stream()
                .flatMap(List::stream)
                .mapToInt(List::size)
                .sum();
        List<LabelledRow> select = new ArrayList<>();
        List<LabelledRow> test = new ArrayList<>();
        Map<String, Integer> selectOf = shares(byLabel, selectSize, all);
        Map<String, Integer> testOf = shares(byLabel, testSize, all);
        byLabel.forEach((label, groups) -> {
            int[] order = Rng.of(seed, "split", label).permutation(groups.size());
            int forSelect = selectOf.getOrDefault(label, 0);
            int forTest = testOf.getOrDefault(label, 0);
            for (int i : order) {
                List<LabelledRow> group = groups.get(i);
                if (group.size() <= forTest) {
                    test.addAll(group);
                    forTest -= group.size();
                } else if (group.size() <= forSelect) {
                    select.addAll(group);
                    forSelect -= group.size();
                } else {
                    train.addAll(group);
                }
            }
        });
        List<String> warnings = new ArrayList<>(given);
        if (!rare.isEmpty())
            warnings.add("labels with one or two rows stay in TRAIN and are not tested: " + String.join(", ", rare));
        Comparator<LabelledRow> byId = Comparator.comparingInt(LabelledRow::id);
        train.sort(byId);
        select.sort(byId);
        test.sort(byId);
        return new Split(train, select, test, warnings);
    }

    /// A group belongs to the label of its first row.
    private static Map<String, List<List<LabelledRow>>> groupsByLabel(Duplicates data) {
        Map<Integer, List<LabelledRow>> groups = new LinkedHashMap<>();
        for (int i = 0; i < data.kept().size(); i++)
            groups.computeIfAbsent(data.group()[i], key -> new ArrayList<>())
                    .add(data.kept().get(i));
        Map<String, List<List<LabelledRow>>> byLabel = new TreeMap<>();
        for (List<LabelledRow> group : groups.values())
            byLabel.computeIfAbsent(group.getFirst().label(), key -> new ArrayList<>())
                    .add(group);
        return byLabel;
    }

    /// Share a number of rows among labels in proportion, by largest remainders; every label keeps a row to learn
    /// from.
    private static Map<String, Integer> shares(Map<String, List<List<LabelledRow>>> byLabel, int size, int all) {
        Map<String, Integer> shares = new TreeMap<>();
        Map<String, Double> remainders = new TreeMap<>();
        int given = 0;
        for (var entry : byLabel.entrySet()) {
            int rows = entry.getValue().stream().mapToInt(List::size).sum();
            double exact = (double) size * rows / all;
            shares.put(entry.getKey(), (int) exact);
            remainders.put(entry.getKey(), exact - (int) exact);
            given += (int) exact;
        }
        List<String> order = byLabel.keySet().stream()
                .sorted(Comparator.comparingDouble((String label) -> -remainders.getOrDefault(label, 0.0))
                        .thenComparing(label -> label))
                .toList();
        for (int i = 0; i < Math.min(order.size(), size - given); i++) shares.merge(order.get(i), 1, Integer::sum);
        return shares;
    }
}
