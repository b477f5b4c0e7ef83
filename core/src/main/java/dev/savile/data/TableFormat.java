package dev.savile.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Read files of rows that are no text. An optional module brings an implementation, which is found by
/// [java.util.ServiceLoader].
public interface TableFormat {
    /// Endings of its files' names, in lower case with the dot.
    List<String> endings();

    /// Read a file from its first row to its last, unless the receiver throws; then let that through, and leave the
    /// file closed.
    ///
    /// @param file one that is there and not empty
    /// @throws dev.savile.common.UserError when it is damaged, or a wanted column holds what cannot be told in the
    ///         values of [Receiver#row]
    void read(Path file, Receiver receiver) throws IOException;

    /// Take what a file holds, one row at a time.
    interface Receiver {
        /// Learn the names of all columns, in the file's order, before any row; return those whose values are wanted.
        List<String> columns(List<String> names);

        /// Take a row.
        ///
        /// @param number from 1
        /// @param values of the wanted columns: a text for whatever is one value; lists, and maps from text to
        ///               values, for what is nested, as a JSON file has them; null for a missing value
        void row(long number, Map<String, @Nullable Object> values);
    }
}
