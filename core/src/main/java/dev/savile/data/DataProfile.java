package dev.savile.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a data set looks like, shown before anything is trained.
///
/// @param source          file, as the user named it
/// @param digest          SHA-256 of texts and labels
/// @param rows            rows read
/// @param repeats         exact repeats left out
/// @param conflicts       rows left out because the same text has several labels
/// @param nearDuplicates  groups of near-duplicates, kept on one side of every split
/// @param train           rows to learn from
/// @param select          rows to choose by
/// @param test            rows sealed for the end
/// @param labels          rows of each label, sorted by label
/// @param untestedLabels  labels without a row in TEST
/// @param untrainedLabels labels without a row in TRAIN
/// @param characters      length of texts in characters: 5 %, 50 %, 95 %, largest
/// @param ignoredColumns  columns not used
/// @param warnings        what the user should know
public record DataProfile(
        String source,
        String digest,
        int rows,
        int repeats,
        int conflicts,
        int nearDuplicates,
        int train,
        int select,
        int test,
        Map<String, Integer> labels,
        List<String> untestedLabels,
        List<String> untrainedLabels,
        Map<String, Integer> characters,
        List<String> ignoredColumns,
        List<String> warnings) {
    private static final int SHOWN_CONFLICTS = 3;

    public static DataProfile of(LabelledData data, Duplicates duplicates, Split split) {
        Map<String, Integer> labels = new TreeMap<>();
        for (LabelledRow row : data.rows()) labels.merge(row.label(), 1, Integer::sum);
        List<String> warnings = new ArrayList<>(data.warnings());
        if (!duplicates.contradictions().isEmpty()) warnings.add(contradictions(duplicates));
        warnings.addAll(split.warnings());
        return new DataProfile(
                data.source(),
                data.digest(),
                data.rows().size(),
                duplicates.repeats().size(),
                duplicates.conflicts().size(),
                duplicates.nearDuplicateGroups(),
                split.train().size(),
                split.select().size(),
                split.test().size(),
                labels,
                split.untestedLabels(),
                split.untrainedLabels(),
                lengths(data.rows()),
                data.ignored(),
                List.copyOf(warnings));
    }

    private static Map<String, Integer> lengths(List<LabelledRow> rows) {
        int[] lengths = rows.stream()
                .mapToInt(row -> row.text().codePointCount(0, row.text().length()))
                .sorted()
                .toArray();
        int last = lengths.length - 1;
        Map<String, Integer> characters = new LinkedHashMap<>();
        characters.put("5 %", lengths[(int) (0.05 * last)]);
        characters.put("50 %", lengths[last / 2]);
        characters.put("95 %", lengths[(int) (0.95 * last)]);
        characters.put("largest", lengths[last]);
        return characters;
    }

    /// Name a few of the contradictions by their lines, so that the user can look.
    private static String contradictions(Duplicates duplicates) {
        List<List<LabelledRow>> groups = duplicates.contradictions();
        List<String> shown = groups.stream()
                .limit(SHOWN_CONFLICTS)
                .map(group -> String.join(
                        " and ",
                        group.stream()
                                .map(row -> "line " + row.line() + " '" + row.label() + "'")
                                .toList()))
                .toList();
        return duplicates.conflicts().size() + " rows left out because the same text has several labels ("
                + String.join("; ", shown) + (groups.size() > SHOWN_CONFLICTS ? "; ..." : "") + ")";
    }
}
