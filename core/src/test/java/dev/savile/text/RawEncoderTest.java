package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;

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
    void theEndTokenIsAppendedOnce() {
        int[] completion =
                RawEncoder.encode(tokenizer, "a", " b", "<|endoftext|>").completionIds();
        assertThat(tokenizer.decode(completion)).isEqualTo(" b<|endoftext|>");
    }
}
