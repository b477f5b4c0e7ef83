package dev.savile.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Read CSV (RFC 4180, with comma or semicolon) and TSV (no quotes: a quote is a character like any other).
final class TableReader {
    private TableReader() {}

    static RawTable tsv(Path file, String text, boolean header) {
        List<List<String>> lines = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        long number = 0;
        for (String line : text.split("\r\n|\n", -1)) {
            number++;
            if (line.isEmpty()) continue;
            lines.add(List.of(line.split("\t", -1)));
            numbers.add(number);
        }
        return table(file, lines, numbers, header);
    }

    /// @throws UserError `data.csv` for a quote that is never closed and the like
    static RawTable csv(Path file, String text, boolean header) {
        List<List<String>> lines = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        var builder = CsvReader.builder().fieldSeparator(separator(text)).skipEmptyLines(true);
        try {
            for (CsvRecord record : builder.ofCsvRecord(text)) {
                lines.add(record.getFields());
                numbers.add(record.getStartingLineNumber());
            }
        } catch (CsvParseException e) {
            throw new UserError(
                            "data.csv",
                            file + " is no valid CSV: " + e.getMessage(),
                            "fields after this place would be torn apart",
                            "quote fields that hold quotes, commas or line breaks, and double the quotes in them")
                    .causedBy(e);
        }
        return table(file, lines, numbers, header);
    }

    /// Take the semicolon where the first line has more of them than commas, as spreadsheets of many countries write.
    private static char separator(String text) {
        String first = text.lines().findFirst().orElse("");
        long commas = first.chars().filter(c -> c == ',').count();
        long semicolons = first.chars().filter(c -> c == ';').count();
        return semicolons > commas ? ';' : ',';
    }

    private static RawTable table(Path file, List<List<String>> lines, List<Long> numbers, boolean header) {
        if (lines.isEmpty())
            throw new UserError(
                    "data.empty", file + " holds no rows", "there is nothing to learn from", "name a file with rows");
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < lines.getFirst().size(); i++)
            columns.add(header ? lines.getFirst().get(i).strip() : Integer.toString(i + 1));
        List<RawTable.Row> rows = new ArrayList<>();
        for (int i = header ? 1 : 0; i < lines.size(); i++) {
            List<String> fields = lines.get(i);
            if (fields.size() != columns.size())
                throw new UserError(
                        "data.ragged",
                        file + ", line " + numbers.get(i) + " has " + fields.size() + " fields, the first line has "
                                + columns.size(),
                        "text and label could end up in each other's place",
                        "quote fields that hold the separator, or correct the line");
            Map<String, String> values = new LinkedHashMap<>();
            for (int k = 0; k < columns.size(); k++) values.put(columns.get(k), fields.get(k));
            rows.add(new RawTable.Row(numbers.get(i), values));
        }
        return new RawTable(columns, rows);
    }
}
