package dev.savile.parquet;

import dev.savile.common.UserError;
import dev.savile.data.TableFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Read Parquet files row by row. A file is checked at both ends before the database sees it, so that one that is cut
/// off is told from one that is no Parquet at all.
public final class ParquetFormat implements TableFormat {
    /// Stands at the beginning and at the end of every file.
    private static final String MARK = "PAR1";

    @Override
    public List<String> endings() {
        return List.of(".parquet");
    }

    /// @throws UserError `data.parquet` for what is no Parquet file, is cut off or damaged; `data.value` for a wanted
    ///         column of bytes
    @Override
    public void read(Path file, Receiver receiver) throws IOException {
        requireMarks(file);
        long row = 0;
        try (ParquetQuery query = ParquetQuery.open(file)) {
            List<ParquetColumn> columns = query.columns();
            List<String> wanted =
                    receiver.columns(columns.stream().map(ParquetColumn::name).toList());
            List<ParquetColumn> read = columns.stream()
                    .filter(column -> wanted.contains(column.name()))
                    .toList();
            for (ParquetColumn column : read) if (column.holdsBytes()) throw bytes(file, column);
            query.select(read);
            while (query.next()) {
                row++;
                Map<String, @Nullable Object> values = new LinkedHashMap<>();
                for (int i = 0; i < read.size(); i++)
                    values.put(read.get(i).name(), read.get(i).value(query.text(i)));
                receiver.row(row, values);
            }
        } catch (SQLException e) {
            throw damaged(file, row, e);
        }
    }

    private static void requireMarks(Path file) throws IOException {
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            if (!MARK.equals(mark(in, 0)))
                throw new UserError(
                        "data.parquet",
                        file + " is no Parquet file: it does not begin with " + MARK,
                        "its name says that it is one",
                        "let its name end in .csv, .tsv, .jsonl or .json if it is text");
            if (in.length() < 2L * MARK.length() || !MARK.equals(mark(in, in.length() - MARK.length())))
                throw new UserError(
                        "data.parquet",
                        file + " is cut off: it does not end with " + MARK,
                        "where its rows lie stands at its end",
                        "copy or fetch it again");
        }
    }

    private static String mark(RandomAccessFile in, long position) throws IOException {
        byte[] bytes = new byte[MARK.length()];
        in.seek(position);
        int count = in.read(bytes);
        return count < bytes.length ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static UserError bytes(Path file, ParquetColumn column) {
        return new UserError(
                "data.value",
                file + ": the column '" + column.name() + "' holds bytes (" + column.type() + ")",
                "rows are made of texts, numbers, lists and objects",
                "write texts there, or name the other columns with --text and --label or with --map");
    }

    private static UserError damaged(Path file, long row, SQLException cause) {
        String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return new UserError(
                        "data.parquet",
                        file + " cannot be read" + (row == 0 ? "" : " after row " + row) + ": " + message,
                        "its rows cannot be told without it",
                        "copy, fetch or write it again")
                .causedBy(cause);
    }
}
