package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import dev.savile.testing.TinyModels;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GenerationOptionsTest {
    @Test
    void valuesWithoutMeaningAreRefusedByName() {
        refused("generate.temperature", () -> Sampling.at(-0.1, 0));
        refused("generate.temperature", () -> Sampling.at(Double.NaN, 0));
        refused("generate.top-k", () -> Sampling.GREEDY.withTopK(-1));
        refused("generate.top-p", () -> Sampling.GREEDY.withTopP(0));
        refused("generate.top-p", () -> Sampling.GREEDY.withTopP(1.01));
        refused("generate.min-p", () -> Sampling.GREEDY.withMinP(Double.NaN));
        refused("generate.repetition-penalty", () -> Sampling.GREEDY.withRepetitionPenalty(0));
        refused("generate.max-tokens", () -> GenerationOptions.greedy(0));
        refused("generate.stop", () -> GenerationOptions.greedy().withStop("a", ""));
    }

    @Test
    void requestsBeyondTheContextAreRefusedWithTheNumbers() {
        var request = GenerationRequest.of(new int[100], GenerationOptions.greedy(29), EndTokens.NONE);
        assertThatThrownBy(() -> request.check(TinyModels.gpt2(), 0, 0)).isInstanceOfSatisfying(UserError.class, e -> {
            assertThat(e.code()).isEqualTo("generate.context");
            assertThat(e.what()).contains("100 tokens", "29 new", "129", "128");
            assertThat(e.fix()).contains("at most 28");
        });
        request.check(TinyModels.llama(), 0, 0);
        GenerationRequest.of(new int[100], GenerationOptions.greedy(28), EndTokens.NONE)
                .check(TinyModels.gpt2(), 0, 0);
        refused("generate.context", () -> GenerationRequest.of(
                        new int[100], GenerationOptions.greedy(28), EndTokens.NONE)
                .check(TinyModels.gpt2(), 1, 0));
    }

    @Test
    void promptsThatTheModelCannotReadAreRefused() {
        refused("generate.prompt", () -> GenerationRequest.of(new int[0], GenerationOptions.greedy(), EndTokens.NONE));
        refused("generate.prompt", () -> GenerationRequest.of(
                        new int[] {3, 97}, GenerationOptions.greedy(), EndTokens.NONE)
                .check(TinyModels.llama(), 0, 0));
    }

    @Test
    void endTokensHaveOneOrder() {
        assertThat(EndTokens.of(7, 2, 7)).isEqualTo(new EndTokens(List.of(2, 7)));
    }

    private static void refused(String code, ThrowingCallable work) {
        assertThatThrownBy(work).isInstanceOfSatisfying(UserError.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }
}
