package dev.savile.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.savile.common.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Read CSV (RFC 4180, with comma or semicolon) and TSV (no quotes: a quote is a character like any other), row by
/// row.
final class TableReader {
    private static final int MAX_HEADER_CHARACTERS = 1 << 16;

    private final Path file;
    private final boolean header;
    private final RowReceiver receiver;
    private List<String> columns = List.of();

    /// @param header whether the first line names the columns; without one they are called 1, 2, 3 and so on
    TableReader(Path file, boolean header, RowReceiver receiver) {
        this.file = file;
        this.header = header;
        this.receiver = receiver;
    }

    void tsv(BufferedReader in) {
        try {
            long number = 0;
            for (String line = line(in); line != null; line = line(in)) {
                number++;
                if (!line.isEmpty()) add(number, Arrays.asList(line.split("\t", -1)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @throws UserError `data.csv` for a quote that is never closed and the like
    void csv(BufferedReader in) {
        char separator = separator(firstLine(in));
        var quotes = new QuoteBalance(in, separator);
        try {
            var rows = CsvReader.builder()
                    .fieldSeparator(separator)
                    .skipEmptyLines(true)
                    .allowExtraFields(true)
                    .allowMissingFields(true)
                    .ofCsvRecord(quotes);
            for (CsvRecord row : rows) add(row.getStartingLineNumber(), row.getFields());
        } catch (CsvParseException e) {
            throw cause(e);
        } catch (UserError e) {
            // the open quote swallowed separators or lines: it explains the wrong number of fields
            if (quotes.open()) throw neverClosed(quotes).causedBy(e);
            throw e;
        }
        if (quotes.open()) throw neverClosed(quotes);
    }

    /// The parser wraps whatever stops it, the refusal of bad bytes too.
    private UserError cause(CsvParseException wrapped) {
        var problem = new StringBuilder();
        for (Throwable e = wrapped; e != null; e = e.getCause()) {
            if (e instanceof UserError known) return known;
            problem.append(": ").append(e.getMessage());
        }
        return broken(problem.toString()).causedBy(wrapped);
    }

    private UserError neverClosed(QuoteBalance quotes) {
        return broken(", line " + quotes.openedAt() + ": a quote is opened and never closed");
    }

    private UserError broken(String problem) {
        return new UserError(
                "data.csv",
                file + " is no valid CSV" + problem,
                "fields after this place would be torn apart",
                "put quotes around fields that hold quotes, separators or line breaks, and double the quotes in them");
    }

    private void add(long line, List<String> fields) {
        if (columns.isEmpty()) {
            columns = header
                    ? fields.stream().map(String::strip).toList()
                    : IntStream.rangeClosed(1, fields.size())
                            .mapToObj(Integer::toString)
                            .toList();
            receiver.header(columns);
            if (header) return;
        }
        if (fields.size() != columns.size())
            throw new UserError(
                    "data.ragged",
                    file + ", line " + line + " has " + count(fields.size()) + ", the first line has " + columns.size(),
                    "text and label could end up in each other's place",
                    "put quotes around fields that hold the separator, or correct the line");
        Map<String, String> values = new LinkedHashMap<>();
        for (int k = 0; k < columns.size(); k++) values.put(columns.get(k), fields.get(k));
        receiver.row(new RawRow(line, values, List.of()));
    }

    private static String count(int fields) {
        return fields + (fields == 1 ? " field" : " fields");
    }

    /// Take the semicolon where the first line has more of them than commas, as spreadsheets of many countries
    /// write.
    private static char separator(String line) {
        boolean quoted = false;
        int balance = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') quoted = !quoted;
            if (!quoted && c == ';') balance++;
            if (!quoted && c == ',') balance--;
        }
        return balance > 0 ? ';' : ',';
    }

    /// Look at the first line that is not empty without consuming it.
    static String firstLine(BufferedReader in) {
        try {
            in.mark(MAX_HEADER_CHARACTERS);
            var line = new StringBuilder();
            for (int i = 1; i < MAX_HEADER_CHARACTERS; i++) {
                int c = in.read();
                if (c < 0) break;
                if (c != '\n' && c != '\r') line.append((char) c);
                else if (!line.toString().isBlank()) break;
            }
            in.reset();
            return line.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Read to the next line feed; a carriage return alone belongs to the text.
    private static @Nullable String line(BufferedReader in) throws IOException {
        int c = in.read();
        if (c < 0) return null;
        var line = new StringBuilder();
        for (; c >= 0 && c != '\n'; c = in.read()) line.append((char) c);
        int last = line.length() - 1;
        if (last >= 0 && line.charAt(last) == '\r') line.setLength(last);
        return line.toString();
    }
}
