package dev.savile.data;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Collect text and label of each row, count the gaps, and refuse a file that cannot be meant.
final class LabelledCollector implements RowReceiver {
    /// Above this share of rows without text or label the file is refused rather than read in part.
    private static final double MAX_BLANK_SHARE = 0.05;
    private static final int SHOWN_LINES = 5;
    /// From this many rows on, a label of its own for most of them means that text and label are swapped.
    private static final int MIN_ROWS_TO_JUDGE = 20;

    private final Path file;
    private final Columns wanted;
    private final List<LabelledRow> rows = new ArrayList<>();
    private final List<Long> blank = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Map<String, String> sharedLabels = new LinkedHashMap<>();
    private ColumnNames naming = ColumnNames.EACH_ROW;
    private ColumnChoice choice = ColumnChoice.NONE;
    private boolean any;
    private boolean textSeen;
    private boolean labelSeen;

    LabelledCollector(Path file, Columns wanted) {
        this.file = file;
        this.wanted = wanted;
    }

    @Override
    public void header(List<String> columns) {
        choose(columns, ColumnNames.FIRST_LINE);
    }

    /// Learn the columns of a file that describes them; return those of text and label.
    List<String> schema(List<String> columns) {
        choose(columns, ColumnNames.SCHEMA);
        return List.of(choice.text(), choice.label());
    }

    private void choose(List<String> columns, ColumnNames where) {
        naming = where;
        names.addAll(columns);
        choice = ColumnChoice.of(file, wanted, columns, naming);
    }

    @Override
    public void row(RawRow row) {
        if (!any && naming == ColumnNames.EACH_ROW)
            choose(List.copyOf(row.values().keySet()), ColumnNames.EACH_ROW);
        any = true;
        names.addAll(row.values().keySet());
        refuseNested(row, choice.text());
        refuseNested(row, choice.label());
        textSeen |= row.values().containsKey(choice.text());
        labelSeen |= row.values().containsKey(choice.label());
        String text = row.values().getOrDefault(choice.text(), "").strip();
        String label = row.values().getOrDefault(choice.label(), "").strip();
        if (text.isEmpty() || label.isEmpty()) blank.add(row.line());
        else rows.add(new LabelledRow(rows.size(), text, shared(label), row.line()));
    }

    /// Return what was read, once the file is at its end.
    LabelledData finish() {
        if (!any) {
            String found =
                    switch (naming) {
                        case FIRST_LINE -> " holds a line of column names and no rows";
                        case SCHEMA -> " holds columns and no rows";
                        case EACH_ROW -> " holds no rows";
                    };
            throw new UserError("data.empty", file + found, "there is nothing to learn from", "name a file with rows");
        }
        List<String> columns = List.copyOf(names);
        if (!textSeen) throw ColumnChoice.missing(file, wanted, naming, "text", choice.text(), columns);
        if (!labelSeen) throw ColumnChoice.missing(file, wanted, naming, "label", choice.label(), columns);
        List<String> warnings = new ArrayList<>();
        if (!blank.isEmpty()) judgeBlank(warnings);
        List<String> ignored = columns.stream()
                .filter(name -> !name.equals(choice.text()) && !name.equals(choice.label()))
                .map(ColumnChoice::shown)
                .toList();
        var data = new LabelledData(rows, file.toString(), ignored, warnings(warnings));
        if (sharedLabels.size() < 2)
            throw new UserError(
                    "data.one-label",
                    file + " has only the label '" + rows.getFirst().label() + "' in the column '" + choice.label()
                            + "'",
                    "there is nothing to tell apart",
                    "name the column with the labels by --label; the columns are: " + ColumnChoice.shown(columns));
        return data;
    }

    private String shared(String label) {
        return sharedLabels.computeIfAbsent(label, same -> same);
    }

    private void refuseNested(RawRow row, String column) {
        if (row.nested().contains(column))
            throw new UserError(
                    "data.value",
                    file + ", line " + row.line() + ": '" + column + "' holds a list or an object",
                    "text and label must be plain values",
                    "write one text, number or true/false there, or name another column");
    }

    /// The first few of some lines, in words.
    static String shown(List<Long> lines) {
        String first = String.join(
                ", ", lines.stream().limit(SHOWN_LINES).map(String::valueOf).toList());
        return first + (lines.size() > SHOWN_LINES ? ", ..." : "");
    }

    private void judgeBlank(List<String> warnings) {
        int all = rows.size() + blank.size();
        String lines = shown(blank);
        String found = blank.size() + (blank.size() == 1 ? " row" : " rows");
        if (blank.size() > MAX_BLANK_SHARE * all)
            throw new UserError(
                    "data.blank",
                    found + " of " + all + " in " + file + " lack text or label (lines " + lines + ")",
                    "so many gaps point to a wrong column or a damaged file",
                    "check --text and --label, or remove these rows");
        warnings.add(found + " without text or label left out (lines " + lines + ")");
    }

    private List<String> warnings(List<String> found) {
        List<String> warnings = new ArrayList<>(found);
        if (rows.size() >= MIN_ROWS_TO_JUDGE && sharedLabels.size() > rows.size() / 2)
            warnings.add(sharedLabels.size() + " different labels in " + rows.size() + " rows: if '" + choice.text()
                    + "' and '" + choice.label() + "' are swapped, name them with --text and --label");
        Map<String, String> seen = new LinkedHashMap<>();
        for (String label : sharedLabels.keySet()) {
            String other = seen.putIfAbsent(Normalised.of(label), label);
            if (other != null)
                warnings.add(
                        "the labels '" + other + "' and '" + label + "' differ only in case, spaces or punctuation");
        }
        return warnings;
    }
}
