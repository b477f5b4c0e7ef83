package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.Trainable;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.testing.Golden;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every family against Hugging Face transformers, on tiny random checkpoints. Tolerances are those that the
/// reference measured.
class ModelGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-rope", "mistral", "qwen2", "qwen3", "gpt2"})
    void logitsEqualTheReferenceForEveryPadding(String name) {
        EngineThread.run(() -> {
            try (var model = Golden.model(name, Precision.FP32);
                    var golden =
                            Golden.open(Golden.folder("models").resolve(name).resolve("golden.safetensors"))) {
                for (String padding : List.of("full", "left", "right")) checkLogits(model, golden, padding);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-rope", "mistral", "qwen2", "qwen3"})
    void theOlderFormOfTheConfigurationGivesTheSameModel(String name) {
        EngineThread.run(() -> {
            try (var model = Golden.model(name, "config-v4.json", Precision.FP32);
                    var golden =
                            Golden.open(Golden.folder("models").resolve(name).resolve("golden.safetensors"))) {
                checkLogits(model, golden, "full");
            }
        });
    }

    private static void checkLogits(CausalLm model, Golden golden, String padding) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            long[] ids = golden.longs(padding + ".input_ids");
            long[] mask = golden.longs(padding + ".attention_mask");
            float[] expected = golden.floats(padding + ".logits");
            int[] shape = golden.shape(padding + ".logits"); // [rows, time, vocabulary]
            var builder = TokenForest.builder();
            List<Integer> segments = new ArrayList<>();
            for (int row = 0; row < shape[0]; row++)
                segments.add(builder.ids(Segment.NO_PARENT, real(ids, mask, row, shape[1])));
            TokenForest forest = builder.build();
            Tensor logits = model.logits(model.forward(forest, Tuning.NONE), Tuning.NONE);
            float[] actual = logits.toFloats();
            for (int row = 0; row < shape[0]; row++) {
                int token = forest.start(segments.get(row));
                for (int t = 0; t < shape[1]; t++) {
                    if (mask[row * shape[1] + t] == 0) continue;
                    for (int v = 0; v < shape[2]; v++)
                        assertThat((double) actual[token * shape[2] + v])
                                .as("%s row %d position %d token %d", padding, row, t, v)
                                .isCloseTo(expected[(row * shape[1] + t) * shape[2] + v], within(1e-4));
                    token++;
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-rope", "mistral", "qwen2", "qwen3", "gpt2"})
    void lossAndGradientsEqualTheReference(String name) {
        EngineThread.run(() -> {
            try (var model = Golden.model(name, Precision.FP32);
                    var tuning = FullTuning.fresh(FullSpec.all(), model);
                    var golden =
                            Golden.open(Golden.folder("models").resolve(name).resolve("golden.safetensors"));
                    var scope = Scope.open()) {
                long[] ids = golden.longs("right.input_ids");
                long[] mask = golden.longs("right.attention_mask");
                int time = golden.shape("right.input_ids")[1];
                List<EncodedRow> rows = new ArrayList<>();
                for (int row = 0; row < 2; row++) {
                    int[] real = real(ids, mask, row, time);
                    rows.add(new EncodedRow(new int[] {real[0]}, Arrays.copyOfRange(real, 1, real.length)));
                }
                long targets = SupervisedObjective.targets(rows);
                double loss = 0;
                for (var pass : SupervisedObjective.passes(rows, Lead.NONE, 512))
                    loss += SupervisedObjective.backward(model, tuning, pass, targets);
                assertThat(loss).isCloseTo(golden.scalar("loss.value"), within(1e-5));
                double squares = 0;
                for (Trainable t : tuning.trainables()) {
                    double norm = t.value().gradient().norm().item();
                    squares += norm * norm;
                    boolean conv1d = model.spec().names().transposed()
                            && t.value().dimensions() == 2
                            && !t.name().contains(".wte")
                            && !t.name().contains(".wpe");
                    String key = "grad." + t.name();
                    if (!golden.has(key)) continue;
                    Tensor own = t.value().gradient();
                    float[] actual = (conv1d ? own.transposed().contiguous() : own).toFloats();
                    float[] expected = golden.floats(key);
                    for (int i = 0; i < expected.length; i++)
                        assertThat((double) actual[i])
                                .as("%s[%d]", t.name(), i)
                                .isCloseTo(expected[i], within(Math.max(1e-5, 1e-3 * Math.abs(expected[i]))));
                }
                double norm = golden.scalar("loss.grad_norm");
                assertThat(Math.sqrt(squares)).isCloseTo(norm, within(1e-4 * norm));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-tied", "llama-rope", "mistral", "qwen2", "qwen3", "gpt2"})
    void greedyTokensEqualTheReference(String name) {
        EngineThread.run(() -> {
            try (var model = Golden.model(name, Precision.FP32);
                    var golden =
                            Golden.open(Golden.folder("models").resolve(name).resolve("golden.safetensors"))) {
                int[] row = Arrays.stream(golden.longs("greedy.prompt"))
                        .mapToInt(Math::toIntExact)
                        .toArray();
                long[] expected = golden.longs("greedy.tokens");
                for (long token : expected) {
                    try (var scope = Scope.open();
                            var off = Grad.off()) {
                        Tensor hidden = model.forward(TokenForest.ofRow(row), Tuning.NONE);
                        Tensor last = model.logits(hidden.narrow(0, row.length - 1, 1), Tuning.NONE);
                        assertThat(last.argmax(1).toLongs()[0]).isEqualTo(token);
                    }
                    row = Arrays.copyOf(row, row.length + 1);
                    row[row.length - 1] = (int) token;
                }
            }
        });
    }

    private static int[] real(long[] ids, long[] mask, int row, int time) {
        List<Integer> real = new ArrayList<>();
        for (int t = 0; t < time; t++) if (mask[row * time + t] == 1) real.add((int) ids[row * time + t]);
        return real.stream().mapToInt(Integer::intValue).toArray();
    }
}
