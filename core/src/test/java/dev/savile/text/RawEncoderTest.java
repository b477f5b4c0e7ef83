package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RawEncoderTest {
    private final JsonTokenizer tokenizer = Shared.gpt2();

    @Test
    void blanksAtTheSeamGoToTheCompletion() {
        EncodedRow row = RawEncoder.encode(tokenizer, "The answer is ", "yes", "");
        assertThat(row.promptIds()).isEqualTo(tokenizer.encode("The answer is"));
        assertThat(row.completionIds()).isEqualTo(tokenizer.encode(" yes")).hasSize(1);
    }

    @Test
    void thePromptOfTrainingIsThePromptOfInference() {
        for (String prompt : new String[] {"", " ", "a", "a  ", "x\n", "Q: 7 + 5 = "})
            assertThat(RawEncoder.encode(tokenizer, prompt, "12", "").promptIds())
                    .isEqualTo(RawEncoder.promptIds(tokenizer, prompt));
    }

    @Test
    void whatTheTokenizerPutsBeforeATextStandsBeforeThePrompt() {
        JsonTokenizer leading = Tokenizers.fromGguf(
                new GgufVocabulary("gpt2", "gpt-2", List.of("<s>", "a", "b"), List.of(3, 1, 1), List.of(), 0, true));
        EncodedRow row = RawEncoder.encode(leading, "a", "b", "");
        assertThat(row.promptIds()).containsExactly(0, 1).isEqualTo(RawEncoder.promptIds(leading, "a"));
        assertThat(row.completionIds()).containsExactly(2);
    }

    @Test
    void theEndTokenIsAppendedOnce() {
        int[] completion =
                RawEncoder.encode(tokenizer, "a", " b", "<|endoftext|>").completionIds();
        assertThat(tokenizer.decode(completion)).isEqualTo(" b<|endoftext|>");
    }
}
