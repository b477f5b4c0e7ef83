package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.data.Example;
import dev.savile.text.ChatEncoder;
import dev.savile.text.ChatTemplate;
import dev.savile.text.Conversation;
import dev.savile.text.GgufVocabulary;
import dev.savile.text.Message;
import dev.savile.text.Shared;
import dev.savile.text.SpecialTokens;
import dev.savile.text.Tokenizers;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What is learned of a row, to the token, by the template of a real model.
class ExampleEncoderTest {
    private final ChatEncoder encoder = new ChatEncoder(Shared.smolFromGguf(), Shared.smolTemplate());

    private EncodedRows encode(ExampleEncoder.Settings settings, Example... examples) {
        return new ExampleEncoder(encoder, settings).encode(List.of(examples));
    }

    private static ExampleEncoder.Settings usual() {
        return new ExampleEncoder.Settings(512, false, false, false);
    }

    private String learned(TrainingRow row) {
        int[] ids = row.ids();
        return encoder.tokenizer()
                .decode(IntStream.range(0, ids.length)
                        .filter(row::learned)
                        .map(place -> ids[place])
                        .toArray());
    }

    private static Example.Turn turn(String role, String content, boolean learned) {
        return new Example.Turn(role, content, Map.of(), learned);
    }

    @Test
    void theCompletionAndItsEndAreLearned() {
        TrainingRow row = encode(usual(), new Example.Completion("What?", "That.", 1))
                .rows()
                .getFirst();
        assertThat(learned(row)).isEqualTo("That.<|im_end|>");
        int[] prompt = encoder.promptIds(Conversation.of(Message.user("What?")));
        assertThat(row.ids()).startsWith(prompt); // training sees what inference sees
    }

    @Test
    void rawRowsLeaveTheTemplateOut() {
        var settings = new ExampleEncoder.Settings(512, true, false, false);
        TrainingRow row = encode(settings, new Example.Completion("two plus two is ", "four", 1))
                .rows()
                .getFirst();
        assertThat(encoder.tokenizer().decode(row.ids())).isEqualTo("two plus two is four<|im_end|>");
        assertThat(learned(row)).isEqualTo(" four<|im_end|>");
    }

    @Test
    void everyAnswerIsLearnedButThoseOfNoWeight() {
        var chat = new Example.Chat(
                List.of(
                        turn("user", "Hi", true),
                        turn("assistant", "Hello!", false),
                        turn("user", "More?", true),
                        turn("assistant", "Yes.", true),
                        turn("user", "And?", true),
                        turn("assistant", "No.", true)),
                List.of(),
                1);
        assertThat(learned(encode(usual(), chat).rows().getFirst())).isEqualTo("Yes.<|im_end|>No.<|im_end|>");
    }

    @Test
    void allOfARowIsLearnedOnRequest() {
        var settings = new ExampleEncoder.Settings(512, false, true, false);
        TrainingRow row = encode(settings, new Example.Completion("What?", "That.", 1))
                .rows()
                .getFirst();
        assertThat(row.learnedTokens()).isEqualTo(row.length() - 1);
    }

    @Test
    void textIsCutIntoPiecesAndEnds() {
        String text = "All the world's a stage, and all the men and women merely players. ".repeat(20);
        var settings = new ExampleEncoder.Settings(64, false, false, false);
        List<? extends TrainingRow> rows =
                encode(settings, new Example.Text(text, 1)).rows();
        assertThat(rows.size()).isGreaterThan(2);
        var whole = new StringBuilder();
        for (TrainingRow row : rows) {
            assertThat(row.length()).isLessThanOrEqualTo(64);
            whole.append(encoder.tokenizer().decode(row.ids()));
        }
        assertThat(whole.toString()).isEqualTo(text + "<|im_end|>");
    }

    @Test
    void everyPieceOfATextBeginsAsATextDoes() {
        var tokenizer = Tokenizers.fromGguf(
                new GgufVocabulary("gpt2", "gpt-2", List.of("<s>", "a", "b"), List.of(3, 1, 1), List.of(), 0, true));
        var plain = new ChatEncoder(tokenizer, ChatTemplate.plain(new SpecialTokens("<s>", "", "", "")));
        var settings = new ExampleEncoder.Settings(4, false, false, false);
        List<? extends TrainingRow> rows = new ExampleEncoder(plain, settings)
                .encode(List.of(new Example.Text("abababa", 1)))
                .rows();
        assertThat(rows)
                .extracting(TrainingRow::ids)
                .containsExactly(new int[] {0, 1, 2, 1}, new int[] {0, 2, 1, 2}, new int[] {0, 1});
    }

    @Test
    void aPromptThatIsCutKeepsTheTemplatesOpening() {
        var settings = new ExampleEncoder.Settings(40, false, false, true);
        TrainingRow row = encode(settings, new Example.Completion("words come first ".repeat(30) + "why?", "So.", 1))
                .rows()
                .getFirst();
        assertThat(encoder.tokenizer().decode(row.ids()))
                .startsWith("<|im_start|>")
                .contains("why?", "So.");
    }

    @Test
    void oldTurnsGoFirstAndTheSystemsTurnStays() {
        List<Example.Turn> turns = new ArrayList<>();
        turns.add(turn("system", "Be brief.", true));
        for (int i = 0; i < 8; i++) {
            turns.add(turn("user", "Question number " + i + " with some words", true));
            turns.add(turn("assistant", "Answer " + i, true));
        }
        var settings = new ExampleEncoder.Settings(80, false, false, true);
        EncodedRows encoded = encode(settings, new Example.Chat(turns, List.of(), 1));
        TrainingRow row = encoded.rows().getFirst();
        assertThat(encoded.cut()).isOne();
        assertThat(row.length()).isLessThanOrEqualTo(80);
        String text = encoder.tokenizer().decode(row.ids());
        assertThat(text).contains("Be brief.", "Question number 7").doesNotContain("Question number 0");
        assertThat(learned(row)).endsWith("Answer 7<|im_end|>");
    }

    @Test
    void aPromptIsCutAtItsLeftEndAndItsAnswerNever() {
        var settings = new ExampleEncoder.Settings(40, false, false, true);
        EncodedRows encoded =
                encode(settings, new Example.Completion("many words come first ".repeat(30) + "why?", "Because.", 1));
        TrainingRow row = encoded.rows().getFirst();
        assertThat(row.length()).isEqualTo(40);
        assertThat(learned(row)).isEqualTo("Because.<|im_end|>");
    }

    @Test
    void manyRowsThatDoNotFitAreRefusedWithTheirNumber() {
        var settings = new ExampleEncoder.Settings(30, false, false, false);
        assertThatThrownBy(() -> encode(settings, new Example.Completion("word ".repeat(100), "x", 1)))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("train.too-long");
                    assertThat(e.what()).contains("1 of 1");
                });
    }

    @Test
    void duplicatesAndLeaksAreCounted() {
        EncodedRows rows = encode(
                usual(),
                new Example.Completion("a", "b", 1),
                new Example.Completion("a", "b", 2),
                new Example.Completion("c", "d", 3));
        DataCheck check = DataCheck.of(rows.rows(), rows.rows().subList(0, 1));
        assertThat(check.duplicates()).isOne();
        assertThat(check.leaked()).isOne();
        assertThat(check.warnings()).hasSize(2);
        assertThat(check.sentence()).contains("3 rows");
    }

    @Test
    void aPromptThatIsTrainedOnWithAnotherAnswerIsALeakToo() {
        List<? extends TrainingRow> rows = encode(
                        usual(), new Example.Completion("a", "b", 1), new Example.Completion("c", "d", 2))
                .rows();
        List<? extends TrainingRow> validation = encode(
                        usual(),
                        new Example.Completion("a", "other", 1),
                        new Example.Completion("c", "d", 2),
                        new Example.Completion("e", "b", 3))
                .rows();
        DataCheck check = DataCheck.of(rows, validation);
        assertThat(check.leaked()).isOne();
        assertThat(check.leakedPrompts()).isOne();
        assertThat(check.warnings()).anyMatch(warning -> warning.startsWith("1 rows") && warning.contains("another"));
    }

    @Test
    void textsThatBeginAlikeAreNoLeak() {
        List<? extends TrainingRow> rows =
                encode(usual(), new Example.Text("The sun", 1)).rows();
        List<? extends TrainingRow> validation =
                encode(usual(), new Example.Text("The moon", 1)).rows();
        assertThat(DataCheck.of(rows, validation).leakedPrompts()).isZero();
    }

    private static Example.Chat unlearned(long line) {
        return new Example.Chat(
                List.of(turn("user", "Hi " + line, true), turn("assistant", "Hello!", false)), List.of(), line);
    }

    @Test
    void rowsWithoutALearnedTokenAreLeftOutWithTheirLines() {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < 39; i++) examples.add(new Example.Completion("q" + i, "a", i + 1));
        examples.add(unlearned(77));
        EncodedRows encoded = encode(usual(), examples.toArray(Example[]::new));
        assertThat(encoded.rows()).hasSize(39);
        assertThat(encoded.places()).hasSize(39);
        assertThat(encoded.warnings()).singleElement().asString().contains("1 rows", "line 77");
        assertThat(encode(new ExampleEncoder.Settings(512, false, true, false), unlearned(1))
                        .rows())
                .hasSize(1); // with everything learned there is something
    }

    @Test
    void manyRowsWithoutALearnedTokenAreRefused() {
        assertThatThrownBy(() -> encode(usual(), unlearned(5), new Example.Completion("a", "b", 6)))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("train.unlearned");
                    assertThat(e.what()).contains("1 of 2", "line 5");
                });
    }
}
