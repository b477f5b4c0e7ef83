package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.TokenForest;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.AllTechniques;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A frozen base in 4 bits: its rounding, its products and gradients, and what is refused over it.
class Nf4Test {
    @Test
    void levelsThatTheFormatHasComeBackAsTheyWere() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                // Four blocks that hold every level; scales at both ends of their group's range are exact.
                float[] values = new float[4 * Nf4.BLOCK];
                for (int i = 0; i < values.length; i++)
                    values[i] = Nf4.LEVELS[i % 16] * (i / Nf4.BLOCK % 2 == 0 ? 0.5f : 2f);
                try (var packed = Nf4.of(Tensors.of(values, 16, 16), DType.F32)) {
                    assertThat(packed.dense().toFloats()).containsExactly(values, within(1e-6f));
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 1000})
    void everyValueIsRoundedToTheNearestLevel(int rows) {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                int in = 33;
                float[] values = new float[rows * in];
                var rng = Rng.of(7, "weights");
                for (int i = 0; i < values.length; i++) values[i] = (float) (0.02 * rng.nextGaussian());
                try (var packed = Nf4.of(Tensors.of(values, rows, in), DType.F32)) {
                    float[] rounded = packed.dense().toFloats();
                    assertThat(packed.out()).isEqualTo(rows);
                    assertThat(packed.in()).isEqualTo(in);
                    for (int i = 0; i < values.length; i++) {
                        float largest = 0;
                        int block = i / Nf4.BLOCK * Nf4.BLOCK;
                        for (int k = block; k < Math.min(values.length, block + Nf4.BLOCK); k++)
                            largest = Math.max(largest, Math.abs(values[k]));
                        double nearest = Double.MAX_VALUE;
                        for (float level : Nf4.LEVELS)
                            nearest = Math.min(nearest, Math.abs(values[i] - level * largest));
                        // The scales' own rounding adds a little.
                        assertThat(Math.abs(rounded[i] - values[i])).isLessThanOrEqualTo((float) nearest + 4e-4f);
                    }
                }
            }
        });
    }

    @Test
    void aWeightTakesUpLittleMoreThanFourBitsAValue() {
        EngineThread.run(() -> {
            try (var scope = Scope.open();
                    var packed = Nf4.of(Tensors.zeros(DType.F32, Device.CPU, 576, 1536), DType.F32)) {
                assertThat(8.0 * packed.bytes() / (576 * 1536)).isBetween(4.0, 4.15);
                assertThat(packed.dense().abs().max().item()).isZero();
            }
        });
    }

    @Test
    void productAndGradientAreThoseOfTheWholeWeight() {
        EngineThread.run(() -> {
            try (var scope = Scope.open();
                    var packed = Nf4.of(random(48, 20, "w"), DType.F32)) {
                Tensor x = random(7, 20, "x").detach().requireGradient(true);
                Tensor same = x.detach().copy().requireGradient(true);
                Tensor dy = random(7, 48, "dy");
                Tensor y = packed.linear(x.times(3)).plus(x.sum());
                Tensor expected = Ops.linear(same.times(3), packed.dense()).plus(same.sum());
                assertThat(y.toFloats()).containsExactly(expected.toFloats(), within(1e-6f));
                y.backward(dy);
                expected.backward(dy);
                assertThat(x.gradient().toFloats())
                        .containsExactly(same.gradient().toFloats(), within(1e-5f));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "ia3", "bottleneck-HOULSBY", "prompt-tuning", "prefix-projection"})
    void techniquesOverItLearnAsOverAWholeModelOfTheRoundedWeights(String name) {
        EngineThread.run(() -> {
            for (ModelSpec spec : List.of(TinyModels.qwen2(), TinyModels.gpt2())) {
                try (CausalLm packed = TinyModels.of(spec, Precision.FP32, WeightStorage.NF4);
                        CausalLm whole = TinyModels.of(spec, Precision.FP32);
                        TrainedTuning over = AllTechniques.start(name, packed);
                        TrainedTuning expected = AllTechniques.start(name, whole)) {
                    assertThat(packed.quantized()).isTrue();
                    assertThat(packed.parameters()).isEqualTo(whole.parameters());
                    Map<String, Tensor> rounded = new java.util.HashMap<>();
                    try (var scope = Scope.open()) {
                        for (Linear linear : packed.linears())
                            if (linear.matrix() instanceof Nf4)
                                rounded.put(
                                        linear.path() + ".weight",
                                        linear.weight().retain());
                    }
                    AllTechniques.disturb(over, 0.05, 2);
                    AllTechniques.disturb(expected, 0.05, 2);
                    List<EncodedRow> rows = List.of(
                            new EncodedRow(new int[] {3, 14, 15, 9, 2}, new int[] {6, 1}),
                            new EncodedRow(new int[] {3, 14, 15, 7}, new int[] {5, 1}));
                    var pass =
                            SupervisedObjective.passes(rows, over.lead(), 100).getFirst();
                    double loss = SupervisedObjective.backward(packed, over, pass, 4);
                    var other = SupervisedObjective.passes(rows, expected.lead(), 100)
                            .getFirst();
                    double same = SupervisedObjective.backward(whole, new Replaced(expected, rounded), other, 4);
                    assertThat(loss).isCloseTo(same, within(1e-5));
                    List<double[]> gradients = AllTechniques.gradients(over);
                    List<double[]> wanted = AllTechniques.gradients(expected);
                    for (int i = 0; i < wanted.size(); i++)
                        assertThat(gradients.get(i)).containsExactly(wanted.get(i), within(2e-5));
                    rounded.values().forEach(Tensor::release);
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "dora", "ia3", "bottleneck-HOULSBY"})
    void anUntrainedTechniqueOverItIsTheRoundedBase(String name) {
        EngineThread.run(() -> {
            try (CausalLm packed = TinyModels.of(TinyModels.qwen2(), Precision.FP32, WeightStorage.NF4);
                    TrainedTuning over = AllTechniques.start(name, packed);
                    var scope = Scope.open();
                    var off = Grad.off()) {
                TokenForest forest = TokenForest.ofRow(3, 14, 15, 9, 2);
                float[] base = packed.logits(packed.forward(forest, Tuning.NONE), Tuning.NONE)
                        .toFloats();
                assertThat(packed.logits(packed.forward(forest, over), over).toFloats())
                        .isEqualTo(base);
            }
        });
    }

    /// A tuning with other weights under it.
    private record Replaced(Tuning tuning, Map<String, Tensor> weights) implements Tuning {
        @Override
        public Tensor linear(Linear site, Tensor x) {
            return tuning.linear(whole(site), x);
        }

        @Override
        public List<Tensor> linears(List<Linear> sites, Tensor x) {
            return tuning.linears(sites.stream().map(this::whole).toList(), x);
        }

        private Linear whole(Linear site) {
            Tensor own = weights.get(site.path() + ".weight");
            return own == null ? site : new Linear(site.path(), own, site.bias(), site.conv1d());
        }

        @Override
        public Lead lead() {
            return tuning.lead();
        }

        @Override
        public Tensor virtual(int... indices) {
            return tuning.virtual(indices);
        }

        @Override
        public Tensor residual(Sublayer half, int layer, Tensor x, Tensor change) {
            return tuning.residual(half, layer, x, change);
        }
    }

    @Test
    void whatChangesTheWeightsThemselvesIsRefused() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama(), Precision.FP32, WeightStorage.NF4)) {
                assertThatThrownBy(() -> FullTuning.fresh(FullSpec.all(), model))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("model.quantized"));
                LoraSpec pissa = AllTechniques.lora(LoraSpec.of(4, 8), 0, LoraStart.PISSA, LoraSpec.Bias.NONE);
                assertThatThrownBy(() -> LoraTuning.fresh(pissa, model, 1))
                        .isInstanceOfSatisfying(
                                UserError.class, e -> assertThat(e.code()).isEqualTo("model.quantized"));
                try (LoraTuning lora = LoraTuning.fresh(LoraSpec.of(4, 8), model, 1)) {
                    assertThatThrownBy(() -> dev.savile.technique.Merge.parameters(model, lora))
                            .isInstanceOfSatisfying(
                                    UserError.class, e -> assertThat(e.code()).isEqualTo("model.quantized"));
                }
            }
        });
    }

    private static Tensor random(int rows, int columns, String name) {
        float[] values = new float[rows * columns];
        var rng = Rng.of(1, name);
        for (int i = 0; i < values.length; i++) values[i] = (float) rng.nextGaussian();
        try (var off = Grad.off()) {
            return Tensors.of(values, rows, columns);
        }
    }
}
