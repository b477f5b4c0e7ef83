package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleReaderTest {
    @TempDir
    Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static ExampleData read(Path file) {
        return ExampleReader.read(file, ExampleReader.Fields.usual());
    }

    private static void refused(Path file, String code, String... parts) {
        assertThatThrownBy(() -> read(file)).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.what() + e.why() + e.fix()).contains(parts);
        });
    }

    @Test
    void promptAndCompletionAreReadByEitherPairOfNames() throws IOException {
        Path file = file("a.jsonl", "{\"prompt\":\"a?\",\"completion\":\"b\"}\n{\"input\":\"c?\",\"output\":\"d\"}\n");
        ExampleData data = read(file);
        assertThat(data.kind()).isEqualTo(ExampleKind.COMPLETION);
        assertThat(data.rows())
                .containsExactly(new Example.Completion("a?", "b", 1), new Example.Completion("c?", "d", 2));
    }

    @Test
    void conversationsKeepToolsPartsAndWeights() throws IOException {
        Path file = file("a.json", """
                [{"messages":[{"role":"system","content":"s"},
                  {"role":"user","content":[{"type":"text","text":"hel"},{"type":"text","text":"lo"}]},
                  {"role":"assistant","content":"hi","weight":0},
                  {"role":"user","content":"more"},
                  {"role":"assistant","content":"yes","reasoning_content":"why not"}],
                  "tools":[{"name":"look"}]}]
                """);
        var chat = (Example.Chat) read(file).rows().getFirst();
        assertThat(chat.turns()).hasSize(5);
        assertThat(chat.turns().get(1).content()).isEqualTo("hello");
        assertThat(chat.turns().get(2).learned()).isFalse();
        assertThat(chat.turns().get(4).learned()).isTrue();
        assertThat(chat.turns().get(4).fields().get("reasoning_content")).isEqualTo("why not");
        assertThat(chat.tools()).containsExactly(Map.of("name", "look"));
    }

    private static String weighted(String weight) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\",\"weight\":"
                + weight + "}]}\n";
    }

    @Test
    void weightsAreZeroOrOneInAnyWriting() throws IOException {
        int count = 0;
        for (String weight : List.of("0", "0.0", "false", "\"0\"", "\"false\"", "1", "1.0", "true", "\"1\"", "null")) {
            var chat = (Example.Chat)
                    read(file("w" + count + ".jsonl", weighted(weight))).rows().getFirst();
            assertThat(chat.turns().getLast().learned()).as(weight).isEqualTo(count++ >= 5);
        }
        for (String weight : List.of("0.5", "2", "-1", "\"half\"", "[1]"))
            refused(file("x.jsonl", weighted("1") + weighted(weight)), "data.weight", "line 2");
    }

    @Test
    void columnsOfATableAreMapped() throws IOException {
        Path file = file("a.csv", "id,question,answer\n1,\"what, now?\",that\n");
        var fields = new ExampleReader.Fields(Map.of("prompt", "question", "completion", "answer"), false, "");
        ExampleData data = ExampleReader.read(file, fields);
        assertThat(data.rows()).containsExactly(new Example.Completion("what, now?", "that", 2));
        assertThat(data.ignored()).containsExactly("id");
    }

    @Test
    void aTextFileIsOneText() throws IOException {
        Path file = file("a.txt", "one\ntwo\n");
        assertThat(ExampleReader.guess(file, "")).contains(ExampleKind.TEXT);
        assertThat(read(file).rows()).containsExactly(new Example.Text("one\ntwo\n", 1));
    }

    @Test
    void theKindIsGuessedOnlyWhereItCannotBeLabelledText() throws IOException {
        assertThat(ExampleReader.guess(file("a.csv", "text,label\na,b\n"), "")).isEmpty();
        assertThat(ExampleReader.guess(file("b.csv", "text\na\n"), "")).contains(ExampleKind.TEXT);
        assertThat(ExampleReader.guess(file("c.jsonl", "{\"messages\":[]}"), ""))
                .contains(ExampleKind.CHAT);
        assertThat(ExampleReader.guess(file("d.csv", "prompt,completion\na,b\n"), ""))
                .contains(ExampleKind.COMPLETION);
        assertThat(ExampleReader.guess(file("e.jsonl", "{\"input\":\"a\",\"output\":\"b\"}"), ""))
                .isEmpty();
    }

    @Test
    void aMessageWithoutARoleIsRefused() throws IOException {
        String turns =
                "{\"messages\":[{\"rol\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n";
        refused(file("x.jsonl", turns), "data.messages", "line 1", "no role");
    }

    @Test
    void rowsOfTwoKindsAreRefusedWithBothLines() throws IOException {
        refused(
                file("a.jsonl", "{\"text\":\"a\"}\n{\"prompt\":\"a\",\"completion\":\"b\"}\n"),
                "data.mixed",
                "line 1",
                "line 2");
    }

    @Test
    void aFieldWithoutMeaningIsRefusedOrIgnoredOnRequest() throws IOException {
        Path file = file("a.jsonl", "{\"prompt\":\"a\",\"completion\":\"b\",\"weigth\":1}\n");
        refused(file, "data.extra", "weigth", "line 1");
        assertThat(ExampleReader.read(file, new ExampleReader.Fields(Map.of(), true, ""))
                        .ignored())
                .containsExactly("weigth");
    }

    @Test
    void otherToolsConversationsGetAHint() throws IOException {
        refused(
                file("a.jsonl", "{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"}]}\n"),
                "data.kind",
                "messages");
    }

    @Test
    void manyRowsWithNothingToLearnAreRefusedFewAreCounted() throws IOException {
        refused(file("a.jsonl", "{\"prompt\":\"a\",\"completion\":\" \"}\n"), "data.blank", "line", "1");
        var lines = new StringBuilder("{\"prompt\":\"a\",\"completion\":\"\"}\n");
        for (int i = 0; i < 40; i++) lines.append("{\"prompt\":\"a\",\"completion\":\"b\"}\n");
        ExampleData data = read(file("b.jsonl", lines.toString()));
        assertThat(data.rows()).hasSize(40);
        assertThat(data.warnings()).anyMatch(warning -> warning.contains("1 rows"));
    }

    @Test
    void brokenJsonNamesThePlace() throws IOException {
        refused(file("a.jsonl", "{\"text\":\"a\"}\n{\"text\": oops}\n"), "json.syntax", "line 2");
    }

    @Test
    void anUnknownFieldCannotBeMapped() {
        assertThatThrownBy(() -> new ExampleReader.Fields(Map.of("promt", "q"), false, ""))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("data.map"));
    }
}
