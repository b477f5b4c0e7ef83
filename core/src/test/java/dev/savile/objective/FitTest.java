package dev.savile.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.generate.EndTokens;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.generate.Generator;
import dev.savile.generate.TokenListener;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.Tuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A reply that is matched is the one that greedy decoding writes.
class FitTest {
    private static final int[][] PROMPTS = {{5, 6, 7, 8}, {5, 6, 9}, {30, 31, 32, 33, 34, 35}};
    private static final int WRITTEN = 6;

    @Test
    void matchedRepliesAreThoseThatGreedyDecodingWrites() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                List<EncodedRow> rows = new ArrayList<>();
                for (int[] prompt : PROMPTS) rows.add(new EncodedRow(prompt, written(model, prompt)));
                Fit own = fit(model, rows);
                assertThat(own.rows()).isEqualTo(PROMPTS.length);
                assertThat(own.tokens()).isEqualTo((long) PROMPTS.length * WRITTEN);
                assertThat(own.replyMatch()).isEqualTo(1);
                assertThat(own.tokenAccuracy()).isEqualTo(1);

                int[] other = rows.getFirst().completionIds().clone();
                other[WRITTEN - 1] = (other[WRITTEN - 1] + 1) % 64;
                rows.set(0, new EncodedRow(PROMPTS[0], other));
                Fit changed = fit(model, rows);
                assertThat(changed.matched()).isEqualTo(PROMPTS.length - 1L);
                assertThat(changed.likeliest()).isEqualTo(own.likeliest() - 1);
                assertThat(changed.loss()).isGreaterThan(own.loss());
                Fit alone = rows.stream().map(row -> fit(model, List.of(row))).reduce(Fit.NONE, Fit::and);
                assertThat(alone.matched()).isEqualTo(changed.matched());
                assertThat(alone.loss()).isCloseTo(changed.loss(), within(1e-5));
            }
        });
    }

    private static int[] written(CausalLm model, int[] prompt) {
        var request = GenerationRequest.of(prompt, GenerationOptions.greedy(WRITTEN), EndTokens.NONE);
        return Arrays.copyOf(
                new Generator(model, Tuning.NONE)
                        .generate(request, TokenListener.NONE)
                        .ids(),
                WRITTEN);
    }

    private static Fit fit(CausalLm model, List<EncodedRow> rows) {
        return SupervisedObjective.passes(rows, Lead.NONE, 512).stream()
                .map(pass -> SupervisedObjective.fit(model, Tuning.NONE, pass))
                .reduce(Fit.NONE, Fit::and);
    }
}
