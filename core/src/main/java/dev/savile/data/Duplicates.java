package dev.savile.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Find rows that say the same, so that none stands on both sides of a split.
///
/// @param kept      rows without exact repeats and without contradictions, in the order of the file
/// @param repeats   exact repeats that were left out (same text after normalisation, same label)
/// @param conflicts rows left out because the same text has several labels: noise in the labels
/// @param group     for each kept row the group of near-duplicates it belongs to; groups are never split
public record Duplicates(List<LabelledRow> kept, List<LabelledRow> repeats, List<LabelledRow> conflicts, int[] group) {
    /// Look for exact repeats, contradictions and near-duplicates.
    public static Duplicates of(List<LabelledRow> rows) {
        Map<String, List<LabelledRow>> byText = new LinkedHashMap<>();
        for (LabelledRow row : rows)
            byText.computeIfAbsent(Normalised.of(row.text()), key -> new ArrayList<>())
                    .add(row);
        List<LabelledRow> kept = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        List<LabelledRow> repeats = new ArrayList<>();
        List<LabelledRow> conflicts = new ArrayList<>();
        byText.forEach((text, same) -> {
            Set<String> labels =
                    new LinkedHashSet<>(same.stream().map(LabelledRow::label).toList());
            if (labels.size() > 1) {
                conflicts.addAll(same);
                return;
            }
            kept.add(same.getFirst());
            texts.add(text);
            repeats.addAll(same.subList(1, same.size()));
        });
        return new Duplicates(kept, repeats, conflicts, NearDuplicates.groups(texts));
    }

    /// Number of groups that hold more than one row.
    public int nearDuplicateGroups() {
        Map<Integer, Integer> sizes = new LinkedHashMap<>();
        for (int g : group) sizes.merge(g, 1, Integer::sum);
        return (int) sizes.values().stream().filter(size -> size > 1).count();
    }
}
