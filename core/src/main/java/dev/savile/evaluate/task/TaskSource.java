package dev.savile.evaluate.task;

import dev.savile.common.UserError;
import dev.savile.common.YamlMap;
import dev.savile.data.RecordReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where the records of a task, or of a part of it, are.
///
/// @param files     one or several, named from the folder of the data
/// @param rows      names from the top of a JSON file to its records; see [RecordReader.Place]
/// @param blocks    how each record of a text begins; see [RecordReader.Place]
/// @param encodings names of character sets: a file is read in the first in which it is valid
/// @param only      paths and the value that a record must have there
/// @param having    paths that must lead to something in a record
/// @param keys      a JSON file with the names of the records that belong to the part; empty for all
/// @param drop      a JSON file with the names of those that do not; empty for none
public record TaskSource(
        List<String> files,
        String rows,
        String blocks,
        List<String> encodings,
        Map<String, String> only,
        List<String> having,
        String keys,
        String drop) {
    public TaskSource {
        files = List.copyOf(files);
        encodings = List.copyOf(encodings);
        only = Map.copyOf(only);
        having = List.copyOf(having);
    }

    /// Read a source: a file, a list of files, or `file` with `rows`, `blocks`, `encoding`, `only`, `having`, `keys`
    /// and `without-keys`.
    ///
    /// @throws UserError `task.value`
    static Optional<TaskSource> read(YamlMap map, String key) {
        Optional<Object> value = map.value(key);
        if (value.isEmpty()) return Optional.empty();
        if (!(value.get() instanceof Map))
            return Optional.of(new TaskSource(map.texts(key), "", "", List.of(""), Map.of(), List.of(), "", ""));
        YamlMap source = map.map(key).orElseThrow();
        List<String> files = source.texts("file");
        if (files.isEmpty()) throw map.wrong(key, "a 'file'");
        List<String> encodings = source.texts("encoding");
        return Optional.of(new TaskSource(
                files,
                source.text("rows", ""),
                source.text("blocks", ""),
                encodings.isEmpty() ? List.of("") : encodings,
                source.textMap("only"),
                source.texts("having"),
                source.text("keys", ""),
                source.text("without-keys", "")));
    }

    /// Read the records of a file.
    ///
    /// @throws UserError those of [RecordReader#read]
    List<RecordReader.Entry> read(Path file) {
        for (int i = 0; ; i++) {
            try {
                List<RecordReader.Entry> entries = new ArrayList<>();
                RecordReader.read(file, new RecordReader.Place(rows, blocks, encodings.get(i)), entries::add);
                return entries;
            } catch (UserError e) {
                if (!e.code().equals("data.encoding") || i == encodings.size() - 1) throw e;
            }
        }
    }
}
