package dev.savile.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// How many rows each label has, and whether that is enough to learn from.
///
/// @param counts rows of each label, the most frequent first
public record LabelBalance(Map<String, Integer> counts) {
    /// Fewer rows than these hardly teach a label.
    static final int FEW_ROWS = 5;
    /// Above this share of the rows one label outweighs all others together.
    private static final double MOST = 0.5;
    /// Of few labels one may have this many times its even share: of two four fifths of the rows.
    private static final double TIMES_EVEN = 1.6;
    private static final int SHOWN = 5;

    public LabelBalance {
        counts = new LinkedHashMap<>(counts);
    }

    /// Count the labels of some rows.
    public static LabelBalance of(List<LabelledRow> rows) {
        Map<String, Integer> counts = new TreeMap<>();
        for (LabelledRow row : rows) counts.merge(row.label(), 1, Integer::sum);
        Map<String, Integer> sorted = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return new LabelBalance(sorted);
    }

    private int rows() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// All labels with their rows in one line; of many the most and the least frequent ones.
    public String sentence() {
        List<String> all = counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList();
        String shown = all.size() <= 2 * SHOWN
                ? String.join(", ", all)
                : "most " + String.join(", ", all.subList(0, SHOWN)) + "; fewest "
                        + String.join(", ", all.subList(all.size() - SHOWN, all.size()));
        return counts.size() + " labels: " + shown;
    }

    /// What is worth a warning, in words; empty when nothing is.
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        List<Map.Entry<String, Integer>> few = counts.entrySet().stream()
                .filter(entry -> entry.getValue() < FEW_ROWS)
                .toList();
        if (!few.isEmpty())
            warnings.add(few.size() + " of " + counts.size() + " labels have fewer than " + FEW_ROWS
                    + " rows and will hardly be learned: "
                    + few.stream()
                            .limit(SHOWN)
                            .map(entry -> "'" + entry.getKey() + "' " + entry.getValue())
                            .collect(Collectors.joining(", "))
                    + (few.size() > SHOWN ? ", ..." : ""));
        counts.entrySet().stream().limit(1).forEach(first -> {
            double share = (double) first.getValue() / rows();
            if (counts.size() > 1 && share > Math.max(MOST, TIMES_EVEN / counts.size()))
                warnings.add(String.format(
                        Locale.ROOT,
                        "the label '%s' has %.0f %% of the rows: answering it always would look good already",
                        first.getKey(),
                        100 * share));
        });
        return warnings;
    }
}
