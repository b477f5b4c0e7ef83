package dev.savile.data;

import java.util.List;
import java.util.Map;

/// A row before its columns have a meaning.
///
/// @param line   line of the file at which the row begins, or its number where a file has no lines, from 1
/// @param values values by column, in the order of the file; a missing value is an empty text
/// @param nested columns that hold a list or an object instead of a value (JSON and Parquet)
record RawRow(long line, Map<String, String> values, List<String> nested) {}
