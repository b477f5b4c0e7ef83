package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Threads;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.model.RotaryScaling;
import dev.savile.model.Tuning;
import dev.savile.testing.TinyModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    @BeforeAll
    static void oneThread() {
        EngineThread.run(() -> Threads.use(1));
    }

    @Test
    void cachedTokensEqualThoseOfFullPasses() {
        var scalings = List.of(
                new RotaryScaling.None(),
                new RotaryScaling.Linear(2),
                new RotaryScaling.Dynamic(2, 64),
                new RotaryScaling.Yarn(4, 32, 32, 1, 1.1, true));
        List<ModelSpec> specs = new ArrayList<>(List.of(TinyModels.llama(), TinyModels.llama(7), TinyModels.gpt2()));
        for (RotaryScaling scaling : scalings) specs.add(TinyModels.llama(0, scaling));
        for (ModelSpec spec : specs) {
            try (CausalLm model = TinyModels.of(spec)) {
                for (int length : new int[] {1, 5, 20}) {
                    int[] prompt = Recomputed.prompt(model, "p" + length, length);
                    assertThat(generate(model, prompt, GenerationOptions.greedy(30))
                                    .ids())
                            .as("%s, prompt of %d", spec, length)
                            .isEqualTo(Recomputed.greedy(model, prompt, 30));
                }
            }
        }
    }

    @Test
    void samplingEqualsThatOfFullPasses() {
        try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP64)) {
            var sampling = Sampling.at(0.9, 11).withTopK(40).withTopP(0.95).withRepetitionPenalty(1.2);
            int[] prompt = Recomputed.prompt(model, "sampled", 9);
            assertThat(generate(model, prompt, GenerationOptions.greedy(40).with(sampling))
                            .ids())
                    .isEqualTo(Recomputed.continued(model, prompt, sampling, DrawKey.SINGLE, 40))
                    .isEqualTo(
                            generate(model, prompt, GenerationOptions.greedy(40).with(sampling))
                                    .ids());
        }
    }

    @Test
    void longPromptsAreReadInPieces() {
        try (CausalLm model = TinyModels.of(TinyModels.llama(100))) {
            int[] prompt = Recomputed.prompt(model, "long", KeyValueCache.PASS_TOKENS + 200);
            assertThat(generate(model, prompt, GenerationOptions.greedy(6)).ids())
                    .isEqualTo(Recomputed.greedy(model, prompt, 6));
        }
    }

    @Test
    void aRowGoesOnBehindWhatWasComputedBefore() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            int[] prompt = Recomputed.prompt(model, "forked", 30);
            int[] expected = Recomputed.greedy(model, prompt, 12);
            EngineThread.run(() -> {
                try (var first = KeyValueCache.of(model, Tuning.NONE, List.of(), Arrays.copyOf(prompt, 12));
                        var second = KeyValueCache.of(
                                model, Tuning.NONE, List.of(first), Arrays.copyOfRange(prompt, 12, 25))) {
                    var start = new PromptStart(List.of(first, second), 25);
                    var request = GenerationRequest.of(prompt, GenerationOptions.greedy(12), EndTokens.NONE);
                    var generator = new Generator(model, Tuning.NONE);
                    for (int i = 0; i < 2; i++)
                        assertThat(generator
                                        .generate(request, start, TokenListener.NONE)
                                        .ids())
                                .isEqualTo(expected);
                    assertThat(second.length()).isEqualTo(13);
                }
            });
        }
    }

    @Test
    void anEndTokenEndsTheAnswerUnlessIgnored() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            int[] prompt = Recomputed.prompt(model, "end", 6);
            int[] all = Recomputed.greedy(model, prompt, 20);
            int at = firstNew(all);
            var request = GenerationRequest.of(prompt, GenerationOptions.greedy(20), EndTokens.of(all[at]));
            List<Integer> heard = new ArrayList<>();
            Generation ended = new Generator(model, Tuning.NONE).generate(request, id -> {
                heard.add(id);
                return TokenListener.Reaction.GO_ON;
            });
            assertThat(ended.finish()).isEqualTo(Finish.END);
            assertThat(ended.ids()).isEqualTo(Arrays.copyOf(all, at + 1));
            assertThat(ended.answerIds()).isEqualTo(Arrays.copyOf(all, at));
            assertThat(heard).hasSize(at);
            var ignoring =
                    GenerationRequest.of(prompt, GenerationOptions.greedy(20).ignoringEnd(), EndTokens.of(all[at]));
            Generation whole = new Generator(model, Tuning.NONE).generate(ignoring, TokenListener.NONE);
            assertThat(whole.finish()).isEqualTo(Finish.LENGTH);
            assertThat(whole.ids()).isEqualTo(all);
            assertThat(whole.promptTokens()).isEqualTo(6);
            assertThat(whole.firstTokenSeconds()).isPositive();
            assertThat(whole.tokensPerSecond()).isPositive();
        }
    }

    /// A place whose token has not been written before.
    private static int firstNew(int[] ids) {
        for (int at = 3; at < ids.length; at++) {
            int id = ids[at];
            if (Arrays.stream(ids, 0, at).noneMatch(earlier -> earlier == id)) return at;
        }
        throw new IllegalStateException("the model only repeats itself");
    }

    @Test
    void theListenerEndsTheAnswer() {
        try (CausalLm model = TinyModels.of(TinyModels.gpt2())) {
            for (var reaction : List.of(TokenListener.Reaction.STOP, TokenListener.Reaction.CANCEL)) {
                int[] count = {0};
                var request = GenerationRequest.of(new int[] {1, 2}, GenerationOptions.greedy(20), EndTokens.NONE);
                Generation generation = new Generator(model, Tuning.NONE)
                        .generate(request, id -> ++count[0] == 3 ? reaction : TokenListener.Reaction.GO_ON);
                assertThat(generation.ids()).hasSize(3);
                assertThat(generation.finish())
                        .isEqualTo(reaction == TokenListener.Reaction.STOP ? Finish.STOP : Finish.STOPPED);
            }
        }
    }

    @Test
    void aFailingListenerReachesTheCallerAndLeavesNothingBehind() {
        try (CausalLm model = TinyModels.of(TinyModels.gpt2())) {
            var request = GenerationRequest.of(new int[] {1, 2}, GenerationOptions.greedy(20), EndTokens.NONE);
            var generator = new Generator(model, Tuning.NONE);
            generator.generate(request, TokenListener.NONE);
            long before = Memory.nativeBytes();
            assertThatThrownBy(() -> generator.generate(request, id -> {
                        throw new IllegalArgumentException("the client is gone");
                    }))
                    .hasMessage("the client is gone");
            assertThat(Memory.nativeBytes()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void nonsenseFromTheModelIsReported() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            var broken = new Tuning() {
                @Override
                public Tensor linear(dev.savile.model.Linear site, Tensor x) {
                    return Tuning.super.linear(site, x).times(Double.NaN);
                }
            };
            var request = GenerationRequest.of(new int[] {1, 2}, GenerationOptions.greedy(20), EndTokens.NONE);
            assertThatThrownBy(() -> new Generator(model, broken).generate(request, TokenListener.NONE))
                    .hasMessageContaining("NaN");
        }
    }

    @Test
    void decodingLeavesNoNativeMemoryBehind() {
        try (CausalLm model = TinyModels.of(TinyModels.llama(50))) {
            EngineThread.run(() -> {
                generate(model, new int[] {5, 6, 7}, GenerationOptions.greedy(10));
                long before = Memory.nativeBytes();
                assertThat(generate(model, new int[] {5, 6, 7}, GenerationOptions.greedy(300))
                                .ids())
                        .hasSize(300);
                assertThat(Memory.nativeBytes()).isLessThanOrEqualTo(before);
                try (var around = Scope.open()) {
                    generate(model, new int[] {5, 6, 7}, GenerationOptions.greedy(100));
                    assertThat(Memory.nativeBytes()).isLessThanOrEqualTo(before);
                }
            });
        }
    }

    private static Generation generate(CausalLm model, int[] prompt, GenerationOptions options) {
        return new Generator(model, Tuning.NONE)
                .generate(GenerationRequest.of(prompt, options, EndTokens.NONE), TokenListener.NONE);
    }
}
