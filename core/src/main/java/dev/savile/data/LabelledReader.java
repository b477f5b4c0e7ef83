package dev.savile.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Read labelled texts from CSV, TSV, JSONL, JSON or what a [TableFormat] reads, row by row: only text and label of
/// each row are kept.
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
    ///         `data.blank` when many rows lack text or label; `data.one-label`; `data.parquet`
    public static LabelledData read(Path file, Columns columns) {
        var collector = new LabelledCollector(file, columns);
        TableFormats.of(file)
                .ifPresentOrElse(
                        format -> TableFormats.read(format, file, table(collector)),
                        () -> text(file, columns, collector));
        return collector.finish();
    }

    private static void text(Path file, Columns columns, LabelledCollector collector) {
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
    }

    private static TableFormat.Receiver table(LabelledCollector collector) {
        return new TableFormat.Receiver() {
            @Override
            public List<String> columns(List<String> names) {
                return collector.schema(names);
            }

            @Override
            public void row(long number, Map<String, @Nullable Object> values) {
                Map<String, String> texts = new LinkedHashMap<>();
                List<String> nested = new ArrayList<>();
                values.forEach((name, value) -> {
                    if (value instanceof List || value instanceof Map) nested.add(name);
                    texts.put(name, value instanceof String text ? text : "");
                });
                collector.row(new RawRow(number, texts, nested));
            }
        };
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
