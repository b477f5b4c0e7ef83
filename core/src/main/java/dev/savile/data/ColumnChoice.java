package dev.savile.data;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// The columns that hold text and label in one file.
///
/// @param text  name of the column, empty while unknown
/// @param label name of the column, empty while unknown
record ColumnChoice(String text, String label) {
    static final ColumnChoice NONE = new ColumnChoice("", "");

    private static final List<String> TEXT_NAMES = List.of(
            "text",
            "message",
            "sentence",
            "utterance",
            "query",
            "input",
            "question",
            "content",
            "body",
            "sms",
            "tweet",
            "review",
            "comment",
            "email",
            "instruction",
            "document",
            "description",
            "prompt",
            "request");
    private static final List<String> LABEL_NAMES = List.of(
            "label",
            "labels",
            "category",
            "intent",
            "class",
            "target",
            "output",
            "department",
            "topic",
            "sentiment",
            "tag",
            "answer");
    private static final int SHOWN_CHARACTERS = 40;

    /// Find the columns among those of a file: the named ones, else the one pair whose names are usual.
    ///
    /// @throws UserError `data.column` naming the columns there are
    static ColumnChoice of(Path file, Columns wanted, List<String> columns, ColumnNames naming) {
        boolean complete = naming != ColumnNames.EACH_ROW;
        String text = wanted.text();
        String label = wanted.label();
        if (complete && !text.isEmpty()) check(file, wanted, naming, "text", text, columns);
        if (complete && !label.isEmpty()) check(file, wanted, naming, "label", label, columns);
        if (text.isEmpty()) text = guess(TEXT_NAMES, LABEL_NAMES, columns, label);
        if (label.isEmpty()) label = guess(LABEL_NAMES, TEXT_NAMES, columns, text);
        if (text.isEmpty()) throw missing(file, wanted, naming, "text", text, columns);
        if (label.isEmpty()) throw missing(file, wanted, naming, "label", label, columns);
        if (text.equals(label))
            throw new UserError(
                    "data.column",
                    "text and label are the same column, '" + shown(text) + "'",
                    "the answer would stand in the question",
                    "name two columns of: " + shown(columns));
        return new ColumnChoice(text, label);
    }

    /// Say that a column is not there, or cannot be told.
    static UserError missing(
            Path file, Columns wanted, ColumnNames naming, String role, String name, List<String> columns) {
        boolean table = naming == ColumnNames.FIRST_LINE;
        String all = "the columns are: " + shown(columns);
        String header = table && wanted.header()
                ? "; if these are values of a row, add --no-header and count columns from 1"
                : "";
        if (name.isEmpty())
            return new UserError(
                    "data.column",
                    "which column of " + file + " holds the " + role + " cannot be told",
                    table && !wanted.header()
                            ? "without a line of names columns are told apart by their numbers"
                            : "no column, or more than one, has a usual name for it",
                    "name it with --" + role + "; " + all + header);
        String hint = Nearest.hint(name, columns);
        if (table && !wanted.header()) hint = "with --no-header columns are counted from 1; ";
        boolean tabs = columns.size() == 1 && columns.getFirst().contains("\t");
        return new UserError(
                "data.column",
                file + " has no column '" + name + "'",
                "the " + role + " would be read from it",
                hint + all + header + (tabs ? "; the columns seem to be separated by tabs: name the file .tsv" : ""));
    }

    private static void check(
            Path file, Columns wanted, ColumnNames naming, String role, String name, List<String> columns) {
        if (!columns.contains(name)) throw missing(file, wanted, naming, role, name, columns);
        if (Collections.frequency(columns, name) > 1)
            throw new UserError(
                    "data.column",
                    file + " has the column '" + shown(name) + "' " + Collections.frequency(columns, name) + " times",
                    "which of them holds the " + role + " cannot be told",
                    "give each column a name of its own");
    }

    /// Return the only column with a usual name; of two columns also the one that is left when the other is known
    /// by its name.
    private static String guess(List<String> usual, List<String> usualOfOther, List<String> columns, String other) {
        List<String> free = columns.stream().filter(name -> !name.equals(other)).toList();
        List<String> found = free.stream().filter(name -> isOneOf(name, usual)).toList();
        if (found.size() == 1) return found.getFirst();
        if (!found.isEmpty() || columns.size() != 2) return "";
        List<String> left =
                free.stream().filter(name -> !isOneOf(name, usualOfOther)).toList();
        return left.size() == 1 && (free.size() == 1 || free.size() > left.size()) ? left.getFirst() : "";
    }

    private static boolean isOneOf(String name, List<String> usual) {
        return usual.contains(name.strip().toLowerCase(Locale.ROOT));
    }

    static String shown(String name) {
        if (name.isEmpty()) return "(no name)";
        return name.length() > SHOWN_CHARACTERS ? name.substring(0, SHOWN_CHARACTERS - 3) + "..." : name;
    }

    static String shown(List<String> names) {
        return String.join(", ", names.stream().map(ColumnChoice::shown).toList());
    }
}
