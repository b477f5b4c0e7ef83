package dev.savile.forest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.DType;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CapturedKeyValues;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.ModelSpec;
import dev.savile.model.Tuning;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.Trainable;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What everything rests on: a forest gives, row by row, what each row gives alone. Random trees; the seed is in
/// the test's name.
class ForestInvariantTest {
    private static List<ModelSpec> shapes() {
        return List.of(TinyModels.llama(), TinyModels.llama(7), TinyModels.gpt2());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void rowsOfRandomTreesGiveTheLogitsOfRowsAlone(long seed) {
        EngineThread.run(() -> {
            for (Precision precision : List.of(Precision.FP32, Precision.FP64))
                for (ModelSpec spec : shapes())
                    try (CausalLm model = TinyModels.of(spec, precision)) {
                        List<RowForest.Row> rows = rows(seed, spec.vocabulary());
                        try (var scope = Scope.open();
                                var off = Grad.off()) {
                            RowForest forest = RowForest.of(rows);
                            Tensor together = model.logits(model.forward(forest.forest(), Tuning.NONE), Tuning.NONE);
                            for (int i = 0; i < rows.size(); i++)
                                assertSame(
                                        alone(model, rows.get(i).ids()),
                                        together.indexSelect(
                                                0, Tensors.of(forest.tokens().get(i))));
                        }
                    }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void rowsAfterGivenKeysAndValuesGiveTheLogitsOfRowsAlone(long seed) {
        EngineThread.run(() -> {
            for (Precision precision : List.of(Precision.FP32, Precision.FP64))
                for (ModelSpec spec : shapes())
                    try (CausalLm model = TinyModels.of(spec, precision)) {
                        var rng = Rng.of(seed, "past");
                        int[] start = draw(rng, 5 + rng.nextInt(6), spec.vocabulary());
                        List<RowForest.Row> rows = rows(seed, spec.vocabulary());
                        try (var past = CapturedKeyValues.of(model, Tuning.NONE, start);
                                var scope = Scope.open();
                                var off = Grad.off()) {
                            var builder = TokenForest.builder();
                            int given = builder.past(Segment.NO_PARENT, past);
                            RowForest forest = RowForest.after(builder, given, rows);
                            Tensor together = model.logits(model.forward(forest.forest(), Tuning.NONE), Tuning.NONE);
                            for (int i = 0; i < rows.size(); i++) {
                                int[] whole = Arrays.copyOf(
                                        start, start.length + rows.get(i).ids().length);
                                System.arraycopy(
                                        rows.get(i).ids(),
                                        0,
                                        whole,
                                        start.length,
                                        rows.get(i).ids().length);
                                Tensor alone = alone(model, whole)
                                        .narrow(0, start.length, rows.get(i).ids().length);
                                assertSame(
                                        alone,
                                        together.indexSelect(
                                                0, Tensors.of(forest.tokens().get(i))));
                            }
                        }
                    }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void gradientsOfSharedRowsAreTheSumOfThoseOfRowsAlone(long seed) {
        EngineThread.run(() -> {
            for (ModelSpec spec : shapes())
                try (CausalLm model = TinyModels.of(spec);
                        LoraTuning lora = LoraTuning.fresh(LoraSpec.of(4, 8), model, seed)) {
                    disturb(lora, seed);
                    List<EncodedRow> rows = new ArrayList<>();
                    for (RowForest.Row row : rows(seed, spec.vocabulary())) {
                        int prompt = Math.max(1, row.ids().length - 3);
                        rows.add(new EncodedRow(
                                Arrays.copyOf(row.ids(), prompt),
                                Arrays.copyOfRange(row.ids(), prompt, row.ids().length)));
                    }
                    long targets = SupervisedObjective.targets(rows);
                    double together = 0;
                    for (var pass : SupervisedObjective.passes(rows, Lead.NONE, 4096))
                        together += SupervisedObjective.backward(model, lora, pass, targets);
                    List<float[]> gradients = take(lora);
                    double alone = 0;
                    for (EncodedRow row : rows)
                        for (var pass : SupervisedObjective.passes(List.of(row), Lead.NONE, 4096))
                            alone += SupervisedObjective.backward(model, lora, pass, targets);
                    assertThat(together).isCloseTo(alone, within(1e-5));
                    List<float[]> sums = take(lora);
                    for (int t = 0; t < sums.size(); t++)
                        for (int i = 0; i < sums.get(t).length; i++)
                            assertThat((double) gradients.get(t)[i]).isCloseTo(sums.get(t)[i], within(1e-5));
                }
        });
    }

    private static List<float[]> take(LoraTuning lora) {
        List<float[]> gradients = new ArrayList<>();
        for (Trainable t : lora.trainables()) {
            try (var scope = Scope.open()) {
                gradients.add(t.value().gradient().toFloats());
            }
            t.value().clearGradient();
        }
        return gradients;
    }

    /// B starts at zero, which would hide every fault of the updates.
    private static void disturb(LoraTuning lora, long seed) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (Trainable t : lora.trainables()) {
                var rng = Rng.of(seed, "disturb", t.name());
                float[] values = new float[(int) t.value().count()];
                for (int i = 0; i < values.length; i++) values[i] = (float) (0.2 * rng.nextGaussian());
                t.value().detach().copyInPlace(Tensors.of(values, t.value().shape()));
            }
        }
    }

    private static Tensor alone(CausalLm model, int[] ids) {
        return model.logits(model.forward(TokenForest.ofRow(ids), Tuning.NONE), Tuning.NONE);
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        double[] a = expected.toDoubles();
        double[] b = actual.toDoubles();
        assertThat(b).hasSameSizeAs(a);
        // fp64 shows that the sums are the same sums; fp32 may round them differently, by the size of the largest
        double largest =
                Math.max(1, java.util.Arrays.stream(a).map(Math::abs).max().orElse(1));
        double tolerance = largest * (expected.dtype() == DType.F64 ? 1e-12 : 1e-5);
        for (int i = 0; i < a.length; i++) assertThat(b[i]).isCloseTo(a[i], within(tolerance));
    }

    /// Rows that branch at random places, some alone, some equal in all but the last tokens.
    private static List<RowForest.Row> rows(long seed, int vocabulary) {
        var rng = Rng.of(seed, "rows");
        List<int[]> known = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            int length = 4 + rng.nextInt(26);
            int[] ids = draw(rng, length, vocabulary);
            if (!known.isEmpty() && rng.nextInt(4) > 0) {
                int[] other = known.get(rng.nextInt(known.size()));
                int shared = Math.min(Math.min(other.length, length - 1), 1 + rng.nextInt(24));
                System.arraycopy(other, 0, ids, 0, shared);
            }
            known.add(ids);
        }
        return known.stream()
                .map(ids -> new RowForest.Row(ids, Math.max(0, ids.length - 2)))
                .toList();
    }

    private static int[] draw(Rng rng, int length, int vocabulary) {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) ids[i] = rng.nextInt(vocabulary);
        return ids;
    }
}
