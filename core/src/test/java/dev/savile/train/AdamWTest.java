package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.Trainable;
import dev.savile.technique.Trainable.Rate;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.testing.TinyModels;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Updates with averages in bf16, which go through a tensor piece by piece.
class AdamWTest {
    private static final int ROWS = 8;
    private static final int COLUMNS = 25;
    private static final TrainingOptions WIDE = TrainingOptions.of(0.01).withoutClipping();
    private static final TrainingOptions NARROW = WIDE.withSaving(new MemorySaving(false, false, true));

    /// A tensor with its optimizer.
    private static final class Run implements AutoCloseable {
        private final Tensor value;
        private final AdamW optimizer;

        Run(TrainingOptions options, int pieceValues) {
            value = random("value").retain().requireGradient(true);
            optimizer = new AdamW(List.of(new Trainable("weight", value, false)), options, pieceValues);
        }

        /// Make steps, each with gradients and chances of its own.
        Run steps(int from, int to, int seed) {
            for (int step = from; step < to; step++) {
                Ops.seed(1000L * seed + step);
                try (var scope = Scope.open()) {
                    value.addGradient(random("gradient " + step));
                }
                optimizer.step(0.01, 0);
            }
            return this;
        }

        float[] values() {
            return value.toFloats();
        }

        List<float[]> averages() {
            AdamWState.Slot slot = optimizer.slots().getFirst();
            return List.of(slot.average().toFloats(), slot.squareAverage().toFloats());
        }

        @Override
        public void close() {
            optimizer.close();
            value.release();
        }
    }

    /// The first update of Adam is the learning rate, whatever the gradient.
    @Test
    void aTensorMayHaveARateOfItsOwn() {
        EngineThread.run(() -> {
            Tensor usual = random("value").retain().requireGradient(true);
            Tensor faster = random("value").retain().requireGradient(true);
            Tensor own = random("value").retain().requireGradient(true);
            float[] before = usual.toFloats();
            var trainables = List.of(
                    new Trainable("usual", usual, false),
                    new Trainable("faster", faster, false, new Rate.Times(4)),
                    new Trainable("own", own, false, new Rate.Own(1e-3)));
            try (var optimizer = new AdamW(trainables, WIDE)) {
                try (var scope = Scope.open()) {
                    for (Trainable t : trainables) t.value().addGradient(random("gradient"));
                }
                optimizer.step(0.005, 0); // half of the largest rate
                for (int i = 0; i < before.length; i++) {
                    double step = (double) before[i] - usual.toFloats()[i];
                    assertThat(Math.abs(step)).isCloseTo(0.005, within(1e-5));
                    assertThat((double) before[i] - faster.toFloats()[i]).isCloseTo(4 * step, within(1e-5));
                    assertThat((double) before[i] - own.toFloats()[i]).isCloseTo(step / 10, within(1e-5));
                }
            }
            for (Tensor tensor : List.of(usual, faster, own)) tensor.release();
        });
    }

    /// What is rounded counts from the second step on.
    @ParameterizedTest
    @ValueSource(ints = {16, 48, 1024})
    void theFirstUpdateIsToTheBitThatOfWideAverages(int pieceValues) {
        EngineThread.run(() -> {
            try (Run wide = new Run(WIDE, 1024).steps(0, 1, 1);
                    Run narrow = new Run(NARROW, pieceValues).steps(0, 1, 1)) {
                assertThat(narrow.values()).isEqualTo(wide.values());
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {48, 1024})
    void theMeanOfManyRoundingsIsTheWideAverage(int pieceValues) {
        EngineThread.run(() -> {
            int seeds = 400;
            List<double[]> means = List.of(new double[ROWS * COLUMNS], new double[ROWS * COLUMNS]);
            for (int seed = 0; seed < seeds; seed++)
                try (Run narrow = new Run(NARROW, pieceValues).steps(0, 1, seed)) {
                    for (int which = 0; which < 2; which++)
                        for (int i = 0; i < ROWS * COLUMNS; i++)
                            means.get(which)[i] += narrow.averages().get(which)[i] / seeds;
                }
            try (Run wide = new Run(WIDE, 1024).steps(0, 1, 1)) {
                for (int which = 0; which < 2; which++)
                    for (int i = 0; i < ROWS * COLUMNS; i++) {
                        double exact = wide.averages().get(which)[i];
                        // bf16 has steps of at most 2^-7 of a value: 5 deviations of the mean of 400 are a thousandth.
                        assertThat(means.get(which)[i]).isCloseTo(exact, within(1e-3 * Math.abs(exact) + 1e-30));
                    }
            }
        });
    }

    @Test
    void aRunThatGoesOnDrawsTheSameChancesInAllPieces() {
        EngineThread.run(() -> {
            try (Run whole = new Run(NARROW, 48).steps(0, 5, 1);
                    Run first = new Run(NARROW, 48).steps(0, 2, 1);
                    Run rest = new Run(NARROW, 48);
                    var scope = Scope.open();
                    var off = Grad.off()) {
                rest.value.detach().copyInPlace(first.value.detach());
                AdamWState.Slot from = first.optimizer.slots().getFirst();
                AdamWState.Slot to = rest.optimizer.slots().getFirst();
                to.average().copyInPlace(from.average());
                to.squareAverage().copyInPlace(from.squareAverage());
                rest.optimizer.resumeAt(2);
                rest.steps(2, 5, 1);
                assertThat(rest.values()).isEqualTo(whole.values());
                assertThat(rest.averages().get(0)).isEqualTo(whole.averages().get(0));
                assertThat(rest.averages().get(1)).isEqualTo(whole.averages().get(1));
            }
        });
    }

    /// GPT-2 stores its linears the other way round: views of them, made wide, would lie in columns.
    @Test
    void whatIsTrainedLiesInARowWhereverItComesFrom() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.gpt2(), Precision.bf16(Device.CPU));
                    FullTuning full = FullTuning.fresh(FullSpec.all(), model);
                    var scope = Scope.open()) {
                for (Trainable trained : full.trainables()) {
                    Tensor value = trained.value().detach();
                    assertThat(value.flat().toFloats()).isEqualTo(value.toFloats());
                }
            }
        });
    }

    private static Tensor random(String name) {
        float[] values = new float[ROWS * COLUMNS];
        var rng = Rng.of(1, name);
        for (int i = 0; i < values.length; i++) values[i] = (float) rng.nextGaussian();
        return Tensors.of(values, ROWS, COLUMNS);
    }
}
