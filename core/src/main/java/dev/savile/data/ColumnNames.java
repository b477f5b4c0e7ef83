package dev.savile.data;

/// Where a file names its columns.
enum ColumnNames {
    /// In its first line; without one they are called 1, 2, 3 and so on.
    FIRST_LINE,
    /// In a description of its own, which no row can be mistaken for.
    SCHEMA,
    /// In each row, so that later rows may name further ones.
    EACH_ROW
}
