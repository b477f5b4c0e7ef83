package dev.savile.data;

/// Say where text and label stand.
///
/// @param text     name of the column, or its number from 1 without a header; empty to guess
/// @param label    likewise
/// @param header   whether the first line names the columns (tables only)
/// @param encoding name of the character set; empty for UTF-8
public record Columns(String text, String label, boolean header, String encoding) {
    public Columns {
        text = text.strip();
        label = label.strip();
        encoding = encoding.strip();
    }

    /// Guess both columns by their names.
    public static Columns guessed() {
        return new Columns("", "", true, "");
    }

    public static Columns named(String text, String label) {
        return new Columns(text, label, true, "");
    }

    /// Take columns by their numbers, from 1, in a table whose first line is a row like any other.
    public static Columns numbered(int text, int label) {
        return new Columns(Integer.toString(text), Integer.toString(label), false, "");
    }

    public Columns withEncoding(String name) {
        return new Columns(text, label, header, name);
    }
}
