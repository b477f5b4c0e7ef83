package dev.savile.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// Read labelled texts from CSV, TSV, JSONL or JSON, row by row: only text and label of each row are kept.
public final class LabelledReader {
    private enum Format {
        CSV,
        TSV,
        JSON,
        JSON_LINES
    }

    private LabelledReader() {}

    /// Read a file; its format is told by its ending, else by its first line.
    ///
    /// @throws UserError `file.missing`, `file.folder`, `file.unreadable`, `data.empty`, `data.format`,
    ///         `data.encoding` with line and column; `data.csv`, `data.ragged`, `json.syntax`, `data.json`,
    ///         `data.duplicate-key`, `data.value` with the line; `data.column` naming the columns there are;
    ///         `data.blank` when many rows lack text or label; `data.one-label`
    public static LabelledData read(Path file, Columns columns) {
        var collector = new LabelledCollector(file, columns);
        try (var in = new BufferedReader(StrictReader.open(file, columns.encoding()), 1 << 16)) {
            switch (format(file, in)) {
                case CSV -> new TableReader(file, columns.header(), collector).csv(in);
                case TSV -> new TableReader(file, columns.header(), collector).tsv(in);
                case JSON -> new JsonRows(file, false, collector).read(in);
                case JSON_LINES -> new JsonRows(file, true, collector).read(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return collector.finish();
    }

    private static Format format(Path file, BufferedReader in) {
        String name = Compressed.plainName(file);
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) return Format.JSON_LINES;
        if (name.endsWith(".json")) return Format.JSON;
        if (name.endsWith(".tsv") || name.endsWith(".tab")) return Format.TSV;
        if (name.endsWith(".csv")) return Format.CSV;
        String start = TableReader.firstLine(in).strip();
        if (start.startsWith("{") || start.startsWith("[")) return Format.JSON;
        return start.contains("\t") ? Format.TSV : Format.CSV;
    }
}
