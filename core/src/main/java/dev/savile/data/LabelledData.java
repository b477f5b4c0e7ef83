package dev.savile.data;

import dev.savile.common.Digest;
import java.util.List;
import java.util.TreeSet;

/// Labelled texts read from one file.
///
/// @param rows     in the order of the file
/// @param source   file, as the user named it
/// @param ignored  columns that were not used
/// @param warnings what the user should know
public record LabelledData(List<LabelledRow> rows, String source, List<String> ignored, List<String> warnings) {
    public LabelledData {
        rows = List.copyOf(rows);
        ignored = List.copyOf(ignored);
        warnings = List.copyOf(warnings);
    }

    /// All labels, sorted.
    public List<String> labels() {
        return List.copyOf(new TreeSet<>(rows.stream().map(LabelledRow::label).toList()));
    }

    /// SHA-256 of texts and labels in order.
    public String digest() {
        return digest(rows);
    }

    /// SHA-256 of texts and labels in order; lengths keep neighbours apart.
    public static String digest(List<LabelledRow> rows) {
        var all = new StringBuilder();
        for (LabelledRow row : rows)
            all.append(row.text().length())
                    .append(':')
                    .append(row.text())
                    .append(row.label().length())
                    .append(':')
                    .append(row.label());
        return Digest.ofText(all.toString());
    }
}
