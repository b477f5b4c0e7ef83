package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.TinyModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Prompts that begin alike, in whichever way.
class SharedPromptsTest {
    /// Prompts of parts: of each letter twelve tokens of its own, in their order.
    private static int[] prompt(CausalLm model, String parts) {
        int[] ids = new int[0];
        for (int i = 0; i < parts.length(); i++) {
            int[] own = Recomputed.prompt(model, "part " + parts.charAt(i), 12);
            int end = ids.length;
            ids = Arrays.copyOf(ids, end + own.length);
            System.arraycopy(own, 0, ids, end, own.length);
        }
        return ids;
    }

    private static List<int[]> prompts(CausalLm model, String... parts) {
        return Arrays.stream(parts).map(one -> prompt(model, one)).toList();
    }

    @Test
    void beginningsAreATree() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    var shared = new SharedPrompts(
                            model, Tuning.NONE, List.of(), prompts(model, "abc", "xyz", "abd", "ae", "abc", "a"))) {
                assertThat(shared.order()).containsExactly(5, 0, 4, 2, 3, 1); // those that share most beside each other
                PromptStart first = shared.start(0);
                assertThat(first.promptTokens()).isEqualTo(35); // all but the last token of the same prompt, twice
                assertThat(first.given()).hasSize(3); // a but for its last token, then up to ab, then up to the end
                PromptStart other = shared.start(2);
                assertThat(other.promptTokens()).isEqualTo(24);
                assertThat(other.given()).isEqualTo(first.given().subList(0, 2));
                assertThat(shared.start(5).promptTokens()).isEqualTo(11);
                assertThat(shared.start(1).promptTokens()).isZero();
                for (int request : new int[] {0, 4}) shared.done(request);
                assertThat(shared.start(2).given()).isEqualTo(other.given());
            }
        });
    }

    @Test
    void stretchesTooShortForACacheArePartOfWhatFollows() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                int[] common = prompt(model, "ab");
                int[] one = Arrays.copyOf(common, 26);
                int[] two = Arrays.copyOf(common, 27);
                int[] three = Arrays.copyOf(Arrays.copyOf(common, 4), 20); // four tokens in common with the others
                one[24] = 1;
                two[24] = 2;
                Arrays.fill(three, 4, 20, 3);
                try (var shared = new SharedPrompts(model, Tuning.NONE, List.of(), List.of(three, one, two))) {
                    assertThat(shared.start(0).promptTokens()).isZero();
                    assertThat(shared.start(1).promptTokens()).isEqualTo(24);
                    assertThat(shared.start(1).given())
                            .hasSize(1)
                            .isEqualTo(shared.start(2).given());
                }
            }
        });
    }

    @Test
    void answersAreThoseOfThePromptsAlone() {
        try (CausalLm model = TinyModels.of(TinyModels.gpt2())) {
            List<BatchGenerator.Work> works = new ArrayList<>();
            for (int[] ids : prompts(model, "abc", "bcd", "abd", "a", "abc", "bca", "bcde", "ab", "cab"))
                works.add(new BatchGenerator.Work(
                        GenerationRequest.of(ids, GenerationOptions.greedy(9), EndTokens.NONE)));
            for (int rows : new int[] {1, 2, 9}) {
                List<Generation> together = new BatchGenerator(model, Tuning.NONE, rows)
                        .generate(works, Progress.none().start("", 0, ""), new StopSignal());
                for (int i = 0; i < works.size(); i++)
                    assertThat(together.get(i).ids())
                            .isEqualTo(new Generator(model, Tuning.NONE)
                                    .generate(works.get(i).request(), TokenListener.NONE)
                                    .ids());
            }
        }
    }
}
