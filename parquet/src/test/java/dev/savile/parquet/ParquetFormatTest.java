package dev.savile.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.data.TableFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParquetFormatTest {
    @TempDir
    Path folder;

    private Path write(String name, String query) throws SQLException {
        return ParquetFiles.write(folder.resolve(name), query);
    }

    /// Keeps all rows, of all columns or of some.
    private static class Kept implements TableFormat.Receiver {
        private final List<String> wanted;
        private final List<Long> numbers = new ArrayList<>();
        private final List<Map<String, @Nullable Object>> rows = new ArrayList<>();

        Kept(String... wanted) {
            this.wanted = List.of(wanted);
        }

        @Override
        public List<String> columns(List<String> names) {
            return wanted.isEmpty() ? names : wanted;
        }

        @Override
        public void row(long number, Map<String, @Nullable Object> values) {
            numbers.add(number);
            rows.add(values);
        }
    }

    private static Kept read(Path file, String... wanted) throws IOException {
        var kept = new Kept(wanted);
        new ParquetFormat().read(file, kept);
        return kept;
    }

    private static UserError refused(Path file, String... wanted) {
        return catchThrowableOfType(UserError.class, () -> read(file, wanted));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'grüße \uD83D\uDE00' = grüße \uD83D\uDE00",
                "'' = ",
                "7::TINYINT = 7",
                "9007199254740993 = 9007199254740993",
                "18446744073709551615::UBIGINT = 18446744073709551615",
                "0.1::FLOAT = 0.1",
                "-2.5::DOUBLE = -2.5",
                "12.50::DECIMAL(8, 2) = 12.50",
                "true = true",
                "DATE '2024-02-29' = 2024-02-29",
                "TIMESTAMP '2024-02-29 13:05:00' = 2024-02-29 13:05:00",
                "TIMESTAMPTZ '2024-02-29 13:05:00+02' = 2024-02-29 11:05:00+00",
                "TIME '13:05:00' = 13:05:00",
                "'b'::ENUM('a', 'b') = b",
                "'123e4567-e89b-12d3-a456-426614174000'::UUID = 123e4567-e89b-12d3-a456-426614174000"
            })
    void whatIsOneValueComesAsItsText(String given) throws Exception {
        String[] parts = given.split(" = ", -1);
        Path file = write("a.parquet", "SELECT " + parts[0] + " AS value");
        assertThat(read(file).rows.getFirst()).containsExactly(Map.entry("value", parts[1]));
    }

    @Test
    void nothingIsNull() throws Exception {
        Path file = write("a.parquet", "SELECT NULL::VARCHAR AS a, NULL::STRUCT(b INTEGER) AS c, NULL::DATE[] AS d");
        assertThat(read(file).rows.getFirst())
                .containsEntry("a", null)
                .containsEntry("c", null)
                .containsEntry("d", null);
    }

    @Test
    void listsAndStructsBecomeWhatJsonGives() throws Exception {
        Path file = write("a.parquet", """
                SELECT [{'z': 'one "quoted"', 'a': 1, 'y': [1.5, NULL], 'b': true}, {'z': NULL, 'a': 2, 'y': [], 'b': NULL}] AS list,
                       {'inner': {'day': DATE '2024-02-29', 'none': NULL::INTEGER}} AS struct,
                       MAP {'k': 'v'} AS map,
                       ['x', 'y']::VARCHAR[2] AS pair,
                       '{"role": "user"}'::JSON AS json""");
        Map<String, @Nullable Object> row = read(file).rows.getFirst();
        Map<String, Object> first = new LinkedHashMap<>();
        first.put("z", "one \"quoted\"");
        first.put("a", 1);
        first.put("y", Arrays.asList(1.5, null));
        first.put("b", true);
        assertThat(row).containsEntry("list", List.of(first, Map.of("a", 2, "y", List.of())));
        assertThat(((Map<?, ?>) ((List<?>) java.util.Objects.requireNonNull(row.get("list"))).getFirst())
                        .keySet().stream().map(String::valueOf))
                .containsExactly("z", "a", "y", "b");
        assertThat(row)
                .containsEntry("struct", Map.of("inner", Map.of("day", "2024-02-29")))
                .containsEntry("map", Map.of("k", "v"))
                .containsEntry("pair", List.of("x", "y"))
                .containsEntry("json", Map.of("role", "user"));
    }

    @Test
    void rowsComeInOrderWithTheirNumbersAndTheWantedColumnsOnly() throws Exception {
        Path file = write(
                "a.parquet",
                "SELECT i AS \"a \"\"b\"\"\", 'text ' || i AS \"select\", [i] AS c FROM range(300000) AS t(i) ORDER BY i");
        Kept kept = read(file, "a \"b\"", "select");
        assertThat(kept.rows).hasSize(300_000);
        for (int i = 0; i < 300_000; i += 9_999) {
            assertThat(kept.numbers.get(i)).isEqualTo(i + 1L);
            assertThat(kept.rows.get(i))
                    .containsExactly(Map.entry("a \"b\"", Integer.toString(i)), Map.entry("select", "text " + i));
        }
    }

    @Test
    void whatStopsTheReceiverPassesAndLeavesTheFileFree() throws Exception {
        Path file = write("a.parquet", "SELECT i FROM range(1000000) AS t(i)");
        var seen = new ArrayList<Long>();
        var stopping = new Kept() {
            @Override
            public void row(long number, Map<String, @Nullable Object> values) {
                seen.add(number);
                if (number == 3) throw new IllegalStateException("enough");
            }
        };
        assertThatThrownBy(() -> new ParquetFormat().read(file, stopping)).hasMessage("enough");
        assertThat(seen).containsExactly(1L, 2L, 3L);
        Files.delete(file);
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty(); // nothing was written beside it
        }
    }

    /// The database could take a star for a pattern, and a folder's name for a column.
    @Test
    void pathsWithSignsOfTheirOwnAreReadAsTheyAre() throws Exception {
        Path odd = Files.createDirectories(folder.resolve("label=x").resolve("it's [a] (b)"));
        ParquetFiles.write(odd.resolve("cd.parquet"), "SELECT 'other' AS text");
        for (String name : List.of("c*.parquet", "c?.parquet", "c[d].parquet")) {
            ParquetFiles.write(odd.resolve(name), "SELECT '" + name + "' AS text");
            assertThat(read(odd.resolve(name)).rows).containsExactly(Map.of("text", name));
        }
    }

    @Test
    void bytesAreRefusedWhereTheyAreWanted() throws Exception {
        Path file = write(
                "a.parquet",
                "SELECT 'a' AS text, 'b'::BLOB AS image, [{'c': 'd'::BLOB}] AS images, {'BLOB': 'e'} AS named");
        assertThat(read(file, "text", "named").rows).containsExactly(Map.of("text", "a", "named", Map.of("BLOB", "e")));
        for (String column : List.of("image", "images")) {
            UserError error = refused(file, "text", column);
            assertThat(error.code()).isEqualTo("data.value");
            assertThat(error.what()).contains("'" + column + "' holds bytes");
        }
    }

    @Test
    void whatIsNoParquetFileIsRefused() throws Exception {
        for (String content : List.of("text,label\none,x\n", "PA")) {
            UserError error = refused(Files.writeString(folder.resolve("a.parquet"), content));
            assertThat(error.code()).isEqualTo("data.parquet");
            assertThat(error.what()).contains("does not begin with PAR1");
        }
    }

    @Test
    void aFileThatIsCutOffIsRefused() throws Exception {
        Path file = write("a.parquet", "SELECT i, 'text ' || i AS text FROM range(1000) AS t(i)");
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {whole.length - 1, whole.length / 2, 7, 4}) {
            Files.write(file, Arrays.copyOf(whole, length));
            UserError error = refused(file);
            assertThat(error.code()).isEqualTo("data.parquet");
            assertThat(error.what()).as("%d bytes", length).contains("is cut off");
        }
    }

    @Test
    void aFileThatIsDamagedInsideIsRefused() throws Exception {
        Path file = write("a.parquet", "SELECT i, 'text ' || i * 7919 AS text FROM range(5000) AS t(i)");
        byte[] whole = Files.readAllBytes(file);
        byte[] rows = whole.clone();
        Arrays.fill(rows, 4, whole.length / 2, (byte) 0xFF);
        byte[] footer = whole.clone();
        Arrays.fill(footer, whole.length - 60, whole.length - 8, (byte) 0xFF);
        for (byte[] damaged : List.of(rows, footer)) {
            UserError error = refused(Files.write(file, damaged));
            assertThat(error.code()).isEqualTo("data.parquet");
            assertThat(error.what()).contains("cannot be read").doesNotContain("\n");
        }
    }

    @Test
    void theDatabaseSeesNoOtherFileAndLoadsNothing() throws Exception {
        Path file = write("a.parquet", "SELECT 1 AS a");
        Path other = write("b.parquet", "SELECT 2 AS a");
        try (Connection connection = ParquetQuery.connect(file)) {
            run(connection, "SELECT * FROM read_parquet('" + file.toAbsolutePath() + "')");
            for (String query : List.of(
                    "SELECT * FROM read_parquet('" + other.toAbsolutePath() + "')",
                    "COPY (SELECT 1) TO '" + folder.resolve("c.csv") + "'",
                    "INSTALL httpfs",
                    "SET enable_external_access = true"))
                assertThatThrownBy(() -> run(connection, query))
                        .as(query)
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("configuration"); // not merely for want of a network
        }
    }

    /// In a statement of its own: one that failed is closed.
    private static void run(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(query);
        }
    }
}
