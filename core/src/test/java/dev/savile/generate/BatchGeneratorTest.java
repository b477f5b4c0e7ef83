package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
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

class BatchGeneratorTest {
    @BeforeAll
    static void oneThread() {
        EngineThread.run(() -> Threads.use(1));
    }

    @Test
    void eachRowGivesWhatItGivesAlone() {
        var specs = List.of(
                TinyModels.llama(),
                TinyModels.llama(9),
                TinyModels.gpt2(),
                TinyModels.llama(0, new RotaryScaling.Dynamic(2, 16)));
        for (ModelSpec spec : specs) {
            try (CausalLm model = TinyModels.of(spec)) {
                List<GenerationRequest> requests = new ArrayList<>();
                for (int i = 0; i < 7; i++)
                    requests.add(request(Recomputed.prompt(model, "row" + i, 1 + 4 * i), i % 2 == 0, 8 + 3 * i, i));
                assertEqualsAlone(model, requests);
            }
        }
    }

    @Test
    void sharedBeginningsAndEqualPromptsChangeNothing() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            int[] common = Recomputed.prompt(model, "common", 20);
            List<GenerationRequest> requests = new ArrayList<>();
            for (int question = 0; question < 3; question++) {
                int[] own = Recomputed.prompt(model, "own" + question, 12);
                int[] prompt = Arrays.copyOf(common, 32);
                System.arraycopy(own, 0, prompt, 20, 12);
                for (int sample = 0; sample < 3; sample++) requests.add(request(prompt, false, 15, sample));
            }
            requests.add(request(common, true, 15, 0)); // the common beginning itself
            assertEqualsAlone(model, requests);
        }
    }

    private static void assertEqualsAlone(CausalLm model, List<GenerationRequest> requests) {
        long before = 0;
        for (int maxRows : new int[] {1, 3, 16}) {
            List<Generation> together = new BatchGenerator(model, Tuning.NONE, maxRows)
                    .generate(
                            works(requests),
                            Progress.none().start("answering", requests.size(), "rows"),
                            new StopSignal());
            for (int i = 0; i < requests.size(); i++) {
                Generation alone = new Generator(model, Tuning.NONE).generate(requests.get(i), TokenListener.NONE);
                assertThat(together.get(i).ids()).isEqualTo(alone.ids());
                assertThat(together.get(i).finish()).isEqualTo(alone.finish());
            }
            // less where the collector has come to what other tests left
            if (before != 0) assertThat(Memory.nativeBytes()).isLessThanOrEqualTo(before);
            before = Memory.nativeBytes();
        }
    }

    @Test
    void samplesOfOnePromptDiffer() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            int[] prompt = Recomputed.prompt(model, "samples", 12);
            List<GenerationRequest> requests = new ArrayList<>();
            for (int sample = 0; sample < 4; sample++) requests.add(request(prompt, false, 12, sample));
            List<Generation> answers = new BatchGenerator(model, Tuning.NONE, 4)
                    .generate(works(requests), Progress.none().start("answering", 4, "rows"), new StopSignal());
            assertThat(answers.stream().map(a -> Arrays.toString(a.ids())).distinct())
                    .hasSize(4);
        }
    }

    @Test
    void aStopKeepsWhatWasWritten() {
        try (CausalLm model = TinyModels.of(TinyModels.gpt2())) {
            var stop = new StopSignal();
            int[] heard = {0};
            List<BatchGenerator.Work> works = new ArrayList<>();
            for (int i = 0; i < 5; i++)
                works.add(new BatchGenerator.Work(request(new int[] {i + 1}, true, 50, 0), id -> {
                    if (++heard[0] == 8) stop.request();
                    return TokenListener.Reaction.GO_ON;
                }));
            List<Generation> answers = new BatchGenerator(model, Tuning.NONE, 2)
                    .generate(works, Progress.none().start("answering", 5, "rows"), stop);
            assertThat(answers).extracting(Generation::finish).containsOnly(Finish.STOPPED);
            assertThat(answers).extracting(answer -> answer.ids().length).containsExactly(4, 4, 0, 0, 0);
        }
    }

    @Test
    void oneImpossibleRequestIsRefusedBeforeAnythingRuns() {
        try (CausalLm model = TinyModels.of(TinyModels.gpt2())) {
            var works = works(List.of(request(new int[] {1}, true, 5, 0), request(new int[] {1}, true, 500, 0)));
            assertThatThrownBy(() -> new BatchGenerator(model, Tuning.NONE, 2)
                            .generate(works, Progress.none().start("answering", 2, "rows"), new StopSignal()))
                    .isInstanceOf(UserError.class);
        }
    }

    @Test
    void rowsJoinBetweenStepsAndABrokenOneBreaksAlone() {
        try (CausalLm model = TinyModels.of(TinyModels.llama())) {
            var first = request(Recomputed.prompt(model, "first", 5), true, 12, 0);
            var late = request(Recomputed.prompt(model, "late", KeyValueCache.PASS_TOKENS + 50), true, 4, 0);
            EngineThread.run(() -> {
                try (var batch = new DecodingBatch(model, Tuning.NONE)) {
                    DecodingRow a = batch.add(first, PromptStart.NONE, TokenListener.NONE);
                    batch.step();
                    DecodingRow broken = batch.add(first, PromptStart.NONE, id -> {
                        throw new IllegalArgumentException("broken");
                    });
                    DecodingRow b = batch.add(late, PromptStart.NONE, TokenListener.NONE);
                    assertThat(batch.step()).containsExactly(broken);
                    while (batch.rows() > 0) batch.step();
                    assertThatThrownBy(broken::generation).hasMessage("broken");
                    assertThat(a.generation().ids()).isEqualTo(Recomputed.greedy(model, first.promptIds(), 12));
                    assertThat(b.generation().ids()).isEqualTo(Recomputed.greedy(model, late.promptIds(), 4));
                }
            });
        }
    }

    private static GenerationRequest request(int[] prompt, boolean greedy, int tokens, int sample) {
        Sampling sampling = greedy ? Sampling.GREEDY : Sampling.at(1.1, 5).withTopP(0.9);
        return new GenerationRequest(
                prompt,
                GenerationOptions.greedy(tokens).with(sampling),
                EndTokens.of(3),
                new DrawKey("", "item", sample));
    }

    private static List<BatchGenerator.Work> works(List<GenerationRequest> requests) {
        return requests.stream().map(BatchGenerator.Work::new).toList();
    }
}
