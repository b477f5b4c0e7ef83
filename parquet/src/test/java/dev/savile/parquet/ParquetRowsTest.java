package dev.savile.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.data.Columns;
import dev.savile.data.Example;
import dev.savile.data.ExampleData;
import dev.savile.data.ExampleKind;
import dev.savile.data.ExampleReader;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledReader;
import dev.savile.data.LabelledRow;
import dev.savile.data.RecordReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Core's readers find the module and take rows of every kind from it.
class ParquetRowsTest {
    @TempDir
    Path folder;

    private Path write(String query) throws SQLException {
        return ParquetFiles.write(folder.resolve("rows.PARQUET"), query);
    }

    private static ExampleData examples(Path file) {
        return ExampleReader.read(file, ExampleReader.Fields.usual());
    }

    private static UserError refused(Path file, Columns columns) {
        return catchThrowableOfType(UserError.class, () -> LabelledReader.read(file, columns));
    }

    @Test
    void labelledTextsAreReadAndOtherColumnsAreNot() throws SQLException {
        Path file = write("SELECT * FROM (VALUES ('one', 1, 'x'::BLOB), (' two ', 2, NULL)) AS t(text, label, image)");
        assertThat(ExampleReader.guess(file, "")).isEmpty();
        LabelledData data = LabelledReader.read(file, Columns.guessed());
        assertThat(data.rows()).containsExactly(new LabelledRow(0, "one", "1", 1), new LabelledRow(1, "two", "2", 2));
        assertThat(data.ignored()).containsExactly("image");
    }

    @Test
    void rowsWithoutAValueAreCountedByTheirNumbers() throws SQLException {
        Path file = write(
                "SELECT CASE WHEN i = 6 THEN NULL ELSE 'row ' || i END AS text, i % 2 AS label FROM range(40) AS t(i)");
        LabelledData data = LabelledReader.read(file, Columns.guessed());
        assertThat(data.rows()).hasSize(39);
        assertThat(data.warnings()).containsExactly("1 row without text or label left out (lines 7)");
    }

    @Test
    void aWrongColumnNamesThoseThereAre() throws SQLException {
        Path file = write("SELECT 'a' AS text, 'b' AS category, 1 AS id");
        UserError error = refused(file, Columns.named("text", "categry"));
        assertThat(error.code()).isEqualTo("data.column");
        assertThat(error.fix())
                .contains("did you mean 'category'?", "the columns are: text, category, id")
                .doesNotContain("--no-header");
    }

    @Test
    void nestedTextsAndFilesWithoutRowsAreRefused() throws Exception {
        UserError nested = refused(write("SELECT ['a'] AS text, 'b' AS label"), Columns.guessed());
        assertThat(nested.code()).isEqualTo("data.value");
        assertThat(nested.what()).contains("line 1: 'text' holds a list or an object");
        UserError none = refused(write("SELECT 'a' AS text, 'b' AS label WHERE false"), Columns.guessed());
        assertThat(none.code()).isEqualTo("data.empty");
        assertThat(none.what()).contains("holds columns and no rows");
        Path empty = Files.createFile(folder.resolve("empty.parquet"));
        assertThat(refused(empty, Columns.guessed()).what()).endsWith("is empty");
        assertThat(refused(folder.resolve("none.parquet"), Columns.guessed()).code())
                .isEqualTo("file.missing");
    }

    @Test
    void promptAndCompletionAreReadByTheirNamesOrMapped() throws SQLException {
        Path file = write("SELECT 'a?' AS prompt, 'b' AS completion");
        assertThat(ExampleReader.guess(file, "")).contains(ExampleKind.COMPLETION);
        assertThat(examples(file).rows()).containsExactly(new Example.Completion("a?", "b", 1));

        Path other = write("SELECT 7 AS question, 'that' AS answer, 'x'::BLOB AS image");
        var mapped = new ExampleReader.Fields(Map.of("prompt", "question", "completion", "answer"), false, "");
        ExampleData data = ExampleReader.read(other, mapped);
        assertThat(data.rows()).containsExactly(new Example.Completion("7", "that", 1));
        assertThat(data.ignored()).containsExactly("image");

        var wrong = new ExampleReader.Fields(Map.of("prompt", "question", "completion", "reply"), false, "");
        Path third = write("SELECT 7 AS question, 'that' AS answer");
        UserError error = catchThrowableOfType(UserError.class, () -> ExampleReader.read(third, wrong));
        assertThat(error.code()).isEqualTo("data.column");
        assertThat(error.fix()).contains("question, answer");
    }

    @Test
    void aFieldWithoutMeaningIsRefusedOrIgnoredOnRequest() throws SQLException {
        Path file = write("SELECT 'a' AS prompt, 'b' AS completion, 1 AS weigth");
        UserError error = catchThrowableOfType(UserError.class, () -> examples(file));
        assertThat(error.code()).isEqualTo("data.extra");
        assertThat(ExampleReader.read(file, new ExampleReader.Fields(Map.of(), true, ""))
                        .ignored())
                .containsExactly("weigth");
    }

    /// A struct has all fields in every row; those that are empty count as not there.
    @Test
    void conversationsAreListsOfStructs() throws SQLException {
        Path file = write("""
                SELECT [{'role': 'user', 'content': 'hi', 'name': 'Ann', 'weight': NULL::INTEGER, 'calls': NULL::VARCHAR[]},
                        {'role': 'assistant', 'content': 'hello', 'name': NULL, 'weight': 0, 'calls': NULL},
                        {'role': 'user', 'content': 'more', 'name': NULL, 'weight': NULL, 'calls': NULL},
                        {'role': 'assistant', 'content': 'yes', 'name': NULL, 'weight': 1, 'calls': ['look']}] AS messages,
                       [{'name': 'look'}] AS tools""");
        assertThat(ExampleReader.guess(file, "")).contains(ExampleKind.CHAT);
        var chat = (Example.Chat) examples(file).rows().getFirst();
        assertThat(chat.turns())
                .containsExactly(
                        new Example.Turn("user", "hi", Map.of("name", "Ann"), true),
                        new Example.Turn("assistant", "hello", Map.of(), false),
                        new Example.Turn("user", "more", Map.of(), true),
                        new Example.Turn("assistant", "yes", Map.of("calls", List.of("look")), true));
        assertThat(chat.tools()).containsExactly(Map.of("name", "look"));
    }

    @Test
    void recordsComeWholeWithWhatIsNested() throws SQLException {
        Path file = write("SELECT i AS id, {'a': ['x', 'y']} AS nested, NULL::VARCHAR AS none FROM range(2) AS t(i)");
        List<RecordReader.Entry> entries = new ArrayList<>();
        RecordReader.read(file, RecordReader.Place.usual(), entries::add);
        assertThat(entries).extracting(RecordReader.Entry::line).containsExactly(1L, 2L);
        assertThat(entries.getFirst().value().toString())
                .isEqualTo("{\"id\":\"0\",\"nested\":{\"a\":[\"x\",\"y\"]},\"none\":null}");
    }

    @Test
    void plainTextsAreRead() throws SQLException {
        Path file = write("SELECT 'text ' || i AS text FROM range(3) AS t(i) ORDER BY i");
        assertThat(ExampleReader.guess(file, "")).contains(ExampleKind.TEXT);
        assertThat(examples(file).rows())
                .containsExactly(
                        new Example.Text("text 0", 1), new Example.Text("text 1", 2), new Example.Text("text 2", 3));
    }
}
