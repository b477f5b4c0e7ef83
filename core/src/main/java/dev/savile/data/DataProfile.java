package dev.savile.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a data set looks like, shown before anything is trained.
///
/// @param rows            rows read
/// @param repeats         exact repeats left out
/// @param conflicts       rows left out because the same text has several labels
/// @param nearDuplicates  groups of near-duplicates, kept on one side of every split
/// @param labels          rows of each label, sorted by label
/// @param characters      length of texts in characters: 5 %, 50 %, 95 %, largest
/// @param ignoredColumns  columns not used
/// @param warnings        what the user should know
public record DataProfile(
        int rows,
        int repeats,
        int conflicts,
        int nearDuplicates,
        Map<String, Integer> labels,
        Map<String, Integer> characters,
        List<String> ignoredColumns,
        List<String> warnings) {
    public static DataProfile of(LabelledData data, Duplicates duplicates, Split split) {
        Map<String, Integer> labels = new TreeMap<>();
        for (LabelledRow row : data.rows()) labels.merge(row.label(), 1, Integer::sum);
        int[] lengths = data.rows().stream()
                .mapToInt(row -> row.text().codePointCount(0, row.text().length()))
                .sorted()
                .toArray();
        Map<String, Integer> characters = new LinkedHashMap<>();
        characters.put("5 %", lengths[(int) (0.05 * (lengths.length - 1))]);
        characters.put("50 %", lengths[(lengths.length - 1) / 2]);
        characters.put("95 %", lengths[(int) (0.95 * (lengths.length - 1))]);
        characters.put("largest", lengths[lengths.length - 1]);
        List<String> warnings = new java.util.ArrayList<>(data.warnings());
        warnings.addAll(split.warnings());
        return new DataProfile(
                data.rows().size(),
                duplicates.repeats().size(),
                duplicates.conflicts().size(),
                duplicates.nearDuplicateGroups(),
                labels,
                characters,
                data.ignored(),
                warnings);
    }
}
