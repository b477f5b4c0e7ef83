package dev.savile.data;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;

/// Find the formats that optional modules read.
final class TableFormats {
    /// Text, which needs no module: looking for modules opens every library on the class path.
    private static final List<String> TEXT = List.of(".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".txt");
    private static final String PARQUET = ".parquet";

    private TableFormats() {}

    /// Return the format of a file by its ending; nothing for what is read as text.
    ///
    /// @throws UserError `data.parquet` for a Parquet file without the module that reads it
    static Optional<TableFormat> of(Path file) {
        if (TEXT.stream().anyMatch(Compressed.plainName(file)::endsWith)) return Optional.empty();
        String name = file.toString().toLowerCase(Locale.ROOT);
        Optional<TableFormat> found = ServiceLoader.load(TableFormat.class, TableFormat.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .filter(format -> format.endings().stream().anyMatch(name::endsWith))
                .findFirst();
        if (found.isEmpty() && name.endsWith(PARQUET))
            throw new UserError(
                    "data.parquet",
                    file + " is a Parquet file, and the module that reads it is not switched on",
                    "it brings a database of 80 MB, which is fetched for those alone who need it",
                    "start with SAVILE_MODULES=parquet in the environment; the first start fetches and builds it");
        return found;
    }

    /// Read a file.
    ///
    /// @throws UserError `file.missing`, `file.folder`, `file.unreadable`, `data.empty`, and those of the format
    static void read(TableFormat format, Path file, TableFormat.Receiver receiver) {
        StrictReader.requireFile(file);
        try {
            if (Files.size(file) == 0) throw StrictReader.empty(file);
            format.read(file, receiver);
        } catch (IOException e) {
            throw StrictReader.unreadable(file, e);
        }
    }
}
