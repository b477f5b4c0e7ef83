package dev.savile.parquet;

import dev.savile.common.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A column, and how its values come out of the database: one value as its text, what is nested as JSON, so that it
/// becomes what a JSON file of the same rows would give.
///
/// @param type as the database writes it: `VARCHAR`, `STRUCT("role" VARCHAR, "content" VARCHAR)[]`
record ParquetColumn(String name, String type) {
    /// A type of its own or inside another, where no field of that name is meant.
    private static final Pattern BYTES = Pattern.compile("\\bBLOB(?=[\\[\\]),]|$)");

    boolean holdsBytes() {
        return BYTES.matcher(type).find();
    }

    private boolean nested() {
        return type.endsWith("]") || type.startsWith("STRUCT(") || type.startsWith("MAP(") || type.equals("JSON");
    }

    /// The expression that selects it as one text.
    String expression() {
        String quoted = '"' + name.replace("\"", "\"\"") + '"';
        return nested() ? "CAST(to_json(" + quoted + ") AS VARCHAR)" : "CAST(" + quoted + " AS VARCHAR)";
    }

    /// Turn what was selected into a value for the receiver.
    @Nullable
    Object value(@Nullable String text) {
        return text == null || !nested() ? text : present(Json.lenient().readValue(text, Object.class));
    }

    /// Leave out the fields without a value: every struct of a column has all of its fields, so that one which a row
    /// lacks looks like one that is empty.
    private static @Nullable Object present(@Nullable Object value) {
        return switch (value) {
            case List<?> list -> list.stream().map(ParquetColumn::present).toList();
            case Map<?, ?> map -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                map.forEach((key, field) -> {
                    Object own = present(field);
                    if (own != null) fields.put(String.valueOf(key), own);
                });
                yield fields;
            }
            case null, default -> value;
        };
    }
}
