package dev.savile.data;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/// Read labelled texts from CSV, TSV, JSONL or JSON.
public final class LabelledReader {
    private static final List<String> TEXT_NAMES =
            List.of("text", "message", "sentence", "utterance", "query", "input", "question", "content", "body");
    private static final List<String> LABEL_NAMES =
            List.of("label", "category", "intent", "class", "target", "output", "department", "topic");

    /// Above this share of rows without text or label the file is refused rather than read in part.
    private static final double MAX_EMPTY_SHARE = 0.05;

    private LabelledReader() {}

    /// Read a file; its kind is told by its ending, else by its first character.
    ///
    /// @throws UserError `data.column` naming the columns there are, `data.blank` when many rows lack text or label,
    ///                   `data.one-label`, and those of the formats
    public static LabelledData read(Path file, Columns columns) {
        String text = DecodedText.of(file, columns.encoding());
        RawTable table = table(file, text, columns.header());
        return labelled(file, table, columns);
    }

    private static RawTable table(Path file, String text, boolean header) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) return JsonRows.lines(file, text);
        if (name.endsWith(".json")) return JsonRows.document(file, text);
        if (name.endsWith(".tsv")) return TableReader.tsv(file, text, header);
        if (name.endsWith(".csv")) return TableReader.csv(file, text, header);
        String start = text.stripLeading();
        if (start.startsWith("{")) return JsonRows.lines(file, text);
        if (start.startsWith("[")) return JsonRows.document(file, text);
        String first = text.lines().findFirst().orElse("");
        return first.contains("\t") ? TableReader.tsv(file, text, header) : TableReader.csv(file, text, header);
    }

    private static LabelledData labelled(Path file, RawTable table, Columns columns) {
        String textColumn = column(file, table, columns.text(), "text", TEXT_NAMES, columns.header());
        String labelColumn = column(file, table, columns.label(), "label", LABEL_NAMES, columns.header());
        if (textColumn.equals(labelColumn))
            throw new UserError(
                    "data.column",
                    "text and label are the same column, '" + textColumn + "'",
                    "the answer would stand in the question",
                    "name two columns of: " + String.join(", ", table.columns()));
        List<LabelledRow> rows = new ArrayList<>();
        List<Long> blank = new ArrayList<>();
        for (RawTable.Row row : table.rows()) {
            String text = row.values().getOrDefault(textColumn, "").strip();
            String label = row.values().getOrDefault(labelColumn, "").strip();
            if (text.isEmpty() || label.isEmpty()) blank.add(row.line());
            else rows.add(new LabelledRow(rows.size(), text, label, row.line()));
        }
        List<String> warnings = new ArrayList<>();
        if (!blank.isEmpty()) checkBlank(file, blank, table.rows().size(), warnings);
        List<String> ignored = table.columns().stream()
                .filter(c -> !c.equals(textColumn) && !c.equals(labelColumn))
                .toList();
        var data = new LabelledData(rows, file.toString(), ignored, warnings);
        if (data.labels().size() < 2)
            throw new UserError(
                    "data.one-label",
                    file + " has "
                            + (rows.isEmpty()
                                    ? "no label"
                                    : "only the label '" + rows.getFirst().label() + "'"),
                    "there is nothing to tell apart",
                    "name the column with the labels by --label; the columns are: "
                            + String.join(", ", table.columns()));
        return data;
    }

    private static void checkBlank(Path file, List<Long> blank, int all, List<String> warnings) {
        String lines =
                String.join(", ", blank.stream().limit(5).map(String::valueOf).toList())
                        + (blank.size() > 5 ? ", ..." : "");
        if (blank.size() > MAX_EMPTY_SHARE * all)
            throw new UserError(
                    "data.blank",
                    blank.size() + " of " + all + " rows of " + file + " lack text or label (lines " + lines + ")",
                    "so many gaps point to a wrong column or a damaged file",
                    "check --text and --label, or remove these rows");
        warnings.add(blank.size() + (blank.size() == 1 ? " row" : " rows") + " without text or label left out (lines "
                + lines + ")");
    }

    private static String column(
            Path file, RawTable table, String given, String role, List<String> usual, boolean header) {
        if (!given.isEmpty()) {
            if (table.columns().contains(given)) return given;
            String meant = Nearest.to(given, table.columns())
                    .map(name -> "did you mean '" + name + "'? ")
                    .orElse("");
            boolean looksHeaderless = header && given.matches("\\d+");
            throw new UserError(
                    "data.column",
                    file + " has no column '" + given + "'",
                    "the " + role + " would be read from it",
                    meant + "the columns are: " + shown(table)
                            + (looksHeaderless
                                    ? "; for a file without a header line add --no-header and count columns from 1"
                                    : ""));
        }
        var byName = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        for (String name : table.columns()) byName.putIfAbsent(name, name);
        for (String name : usual) if (byName.containsKey(name)) return byName.get(name);
        throw new UserError(
                "data.column",
                "which column of " + file + " holds the " + role + " cannot be told",
                "none has a usual name for it",
                "name it with --" + role + "; the columns are: " + shown(table)
                        + (header ? "; if these are values, add --no-header and count columns from 1" : ""));
    }

    private static String shown(RawTable table) {
        return String.join(
                ", ",
                table.columns().stream()
                        .map(c -> c.length() > 40 ? c.substring(0, 37) + "..." : c)
                        .toList());
    }
}
