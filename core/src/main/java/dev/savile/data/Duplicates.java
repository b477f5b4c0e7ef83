package dev.savile.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Find rows that say the same, so that none stands on both sides of a split.
///
/// @param kept           rows without exact repeats and without contradictions, in the order of the file
/// @param repeats        exact repeats that were left out (same text after normalisation, same label)
/// @param contradictions groups of rows left out because the same text has several labels: noise in the labels
/// @param groups         kept rows that belong together: near-duplicates, and what [#joinedBy] joins
public record Duplicates(
        List<LabelledRow> kept, List<LabelledRow> repeats, List<List<LabelledRow>> contradictions, Groups groups) {
    public Duplicates {
        kept = List.copyOf(kept);
        repeats = List.copyOf(repeats);
        contradictions = contradictions.stream().map(List::copyOf).toList();
    }

    /// Look for exact repeats, contradictions and near-duplicates.
    public static Duplicates of(List<LabelledRow> rows) {
        Map<String, List<LabelledRow>> byText = new LinkedHashMap<>();
        for (LabelledRow row : rows)
            byText.computeIfAbsent(Normalised.of(row.text()), key -> new ArrayList<>())
                    .add(row);
        List<LabelledRow> kept = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        List<LabelledRow> repeats = new ArrayList<>();
        List<List<LabelledRow>> contradictions = new ArrayList<>();
        byText.forEach((text, same) -> {
            LabelledRow first = same.getFirst();
            if (same.stream().anyMatch(row -> !row.label().equals(first.label()))) {
                contradictions.add(same);
            } else {
                kept.add(first);
                texts.add(text);
                repeats.addAll(same.subList(1, same.size()));
            }
        });
        return new Duplicates(kept, repeats, contradictions, Groups.of(kept, NearDuplicates.groups(texts)));
    }

    /// Join the groups of kept rows further.
    ///
    /// @param key of each row; rows with equal keys belong together, an empty one joins nothing
    public Duplicates joinedBy(Function<LabelledRow, String> key) {
        return new Duplicates(
                kept,
                repeats,
                contradictions,
                groups.joinedBy(kept, kept.stream().map(key).toList()));
    }

    /// All rows left out because the same text has several labels.
    public List<LabelledRow> conflicts() {
        return contradictions.stream().flatMap(List::stream).toList();
    }

    /// Number of groups that hold more than one row.
    public int nearDuplicateGroups() {
        return groups.shared();
    }
}
