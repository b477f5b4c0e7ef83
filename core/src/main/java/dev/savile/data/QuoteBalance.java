package dev.savile.data;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/// Watch the quotes of a CSV text on its way to the parser, which takes a quote that is never closed for one huge
/// last field.
final class QuoteBalance extends FilterReader {
    private enum Place {
        FIELD_START,
        PLAIN,
        QUOTED,
        /// After a quote inside quotes: doubled, or the end of the field.
        AFTER_QUOTE
    }

    private final char separator;
    private Place place = Place.FIELD_START;
    private boolean afterReturn;
    private long line = 1;
    private long openedAt;

    QuoteBalance(Reader in, char separator) {
        super(in);
        this.separator = separator;
    }

    /// Whether a quote is open at the place read so far; at the end of the text that is an error.
    boolean open() {
        return place == Place.QUOTED;
    }

    /// Return the line of the quote that was opened last.
    long openedAt() {
        return openedAt;
    }

    @Override
    public int read() throws IOException {
        int c = super.read();
        if (c >= 0) follow((char) c);
        return c;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        for (int i = offset; i < offset + count; i++) follow(target[i]);
        return count;
    }

    private void follow(char c) {
        boolean lineEnd = c == '\n' || c == '\r';
        if (lineEnd && (c == '\r' || !afterReturn)) line++;
        afterReturn = c == '\r';
        switch (place) {
            case QUOTED -> {
                if (c == '"') place = Place.AFTER_QUOTE;
            }
            case AFTER_QUOTE -> place = c == '"' ? Place.QUOTED : outside(c, lineEnd);
            case FIELD_START -> {
                if (c == '"') {
                    place = Place.QUOTED;
                    openedAt = line;
                } else {
                    place = outside(c, lineEnd);
                }
            }
            case PLAIN -> place = outside(c, lineEnd);
        }
    }

    private Place outside(char c, boolean lineEnd) {
        return c == separator || lineEnd ? Place.FIELD_START : Place.PLAIN;
    }
}
