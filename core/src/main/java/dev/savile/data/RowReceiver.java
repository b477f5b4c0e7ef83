package dev.savile.data;

import java.util.List;

/// Receive the rows of a file one at a time, in order. Each row kind has its own receiver; the readers know none
/// of them.
interface RowReceiver {
    /// Learn the names in a table's first line, before any row; not called for formats in which every row names
    /// its own.
    void header(List<String> names);

    void row(RawRow row);
}
