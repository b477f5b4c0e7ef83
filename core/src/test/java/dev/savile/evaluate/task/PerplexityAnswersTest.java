package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.text.ChatEncoder;
import dev.savile.text.ChatTemplate;
import dev.savile.text.Shared;
import dev.savile.text.SpecialTokens;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PerplexityAnswersTest {
    private static final String TEXT = "one two three four five six seven eight nine ten ".repeat(5);

    private final ChatEncoder encoder = new ChatEncoder(
            Shared.smolFromGguf(), ChatTemplate.plain(new SpecialTokens("<|endoftext|>", "<|endoftext|>", "", "")));

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 16, 51, 1000})
    void everyTokenIsScoredOnce(int window) {
        List<TrainingRow> rows = PerplexityAnswers.windows(encoder, TEXT, window);
        List<Integer> scored = new ArrayList<>();
        for (TrainingRow row : rows) {
            assertThat(row.length()).isLessThanOrEqualTo(window);
            IntStream.range(0, row.length()).filter(row::learned).forEach(place -> scored.add(row.ids()[place]));
        }
        assertThat(scored.stream().mapToInt(Integer::intValue).toArray())
                .isEqualTo(encoder.tokenizer().encode(TEXT));
    }

    @Test
    void aWindowBeginsWithTheTokenBeforeIt() {
        int[] ids = encoder.tokenizer().encode(TEXT);
        List<TrainingRow> rows = PerplexityAnswers.windows(encoder, TEXT, 8);
        assertThat(rows.getFirst().ids()[0])
                .isEqualTo(encoder.tokenizer().idOf("<|endoftext|>").orElseThrow());
        assertThat(rows.get(1).ids()).isEqualTo(Arrays.copyOfRange(ids, 6, 14));
        assertThat(PerplexityAnswers.windows(encoder, "", 8)).isEmpty();
    }
}
