package dev.savile.data;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import java.util.List;

/// Rows of one kind read from one file.
///
/// @param source   file, as the user named it
/// @param ignored  fields that were not used
/// @param warnings what the user should know
public record ExampleData(
        ExampleKind kind, List<Example> rows, String source, List<String> ignored, List<String> warnings) {
    public ExampleData {
        rows = List.copyOf(rows);
        ignored = List.copyOf(ignored);
        warnings = List.copyOf(warnings);
    }

    /// SHA-256 of the rows in order.
    public static String digest(List<Example> rows) {
        return Digest.ofText(Json.canonical(rows));
    }
}
