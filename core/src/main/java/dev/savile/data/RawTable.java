package dev.savile.data;

import java.util.List;
import java.util.Map;

/// Rows before text and label are told apart.
///
/// @param columns names of the columns
/// @param rows    values by column, with the line each row begins at
record RawTable(List<String> columns, List<Row> rows) {
    record Row(long line, Map<String, String> values) {}
}
