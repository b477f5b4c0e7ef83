package dev.savile.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.DType;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LogProbHeadTest {
    private static final int ROWS = 300; // more than one chunk
    private static final int HIDDEN = 6;
    private static final int VOCABULARY = 17;

    private static double[] random(String name, int count) {
        var rng = Rng.of(7, name);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = rng.nextGaussian();
        return values;
    }

    private static int[] targets() {
        var rng = Rng.of(7, "targets");
        int[] targets = new int[ROWS];
        for (int i = 0; i < ROWS; i++) targets[i] = rng.nextInt(VOCABULARY);
        return targets;
    }

    @Test
    void lossAndGradientsEqualPlainAutograd() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor rows =
                        Tensors.of(random("rows", ROWS * HIDDEN), ROWS, HIDDEN).requireGradient(true);
                Tensor weight = Tensors.of(random("weight", VOCABULARY * HIDDEN), VOCABULARY, HIDDEN)
                        .requireGradient(true);
                double[] weights = random("weights", ROWS);
                Tensor picked = Ops.linear(rows, weight)
                        .logSoftmax(1)
                        .gather(1, Tensors.of(targets()).unsqueeze(1))
                        .squeeze(1);
                Tensor plain = picked.times(Tensors.of(weights, ROWS)).sum();
                plain.backward();
                var own = LogProbHead.gradients(rows.detach(), weight.detach(), targets(), weights, true);
                assertThat(own.sum()).isCloseTo(plain.item(), within(1e-10));
                assertClose(own.rowGradient(), rows.gradient());
                Tensor weightGradient = own.weightGradient();
                assertThat(weightGradient).isNotNull();
                if (weightGradient != null) assertClose(weightGradient, weight.gradient());
            }
        });
    }

    @Test
    void gradientEqualsFiniteDifferences() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                double[] values = random("rows", ROWS * HIDDEN);
                double[] weights = random("weights", ROWS);
                Tensor weight = Tensors.of(random("weight", VOCABULARY * HIDDEN), VOCABULARY, HIDDEN);
                double[] gradient = LogProbHead.gradients(
                                Tensors.of(values, ROWS, HIDDEN), weight, targets(), weights, false)
                        .rowGradient()
                        .toDoubles();
                double step = 1e-5;
                for (int i = 0; i < values.length; i += 97) {
                    double up = sum(values, i, step, weight, weights);
                    double down = sum(values, i, -step, weight, weights);
                    assertThat(gradient[i]).isCloseTo((up - down) / (2 * step), within(1e-8));
                }
            }
        });
    }

    private static double sum(double[] values, int at, double change, Tensor weight, double[] weights) {
        double[] moved = values.clone();
        moved[at] += change;
        double[] logProbs = LogProbHead.logProbs(Tensors.of(moved, ROWS, HIDDEN), weight, targets());
        double sum = 0;
        for (int i = 0; i < logProbs.length; i++) sum += weights[i] * logProbs[i];
        return sum;
    }

    @Test
    void pairsOfOneRowEqualSingleTargets() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor rows = Tensors.of(random("rows", ROWS * HIDDEN), ROWS, HIDDEN);
                Tensor weight = Tensors.of(random("weight", VOCABULARY * HIDDEN), VOCABULARY, HIDDEN);
                int[] pairRows = {0, 0, 5, 255, 256, 256, 299};
                int[] pairTargets = {1, 2, 3, 4, 5, 6, 7};
                double[] pairs = LogProbHead.pairLogProbs(rows, weight, pairRows, pairTargets);
                for (int i = 0; i < pairs.length; i++) {
                    int[] targets = new int[ROWS];
                    Arrays.fill(targets, pairTargets[i]);
                    assertThat(pairs[i])
                            .isCloseTo(LogProbHead.logProbs(rows, weight, targets)[pairRows[i]], within(1e-12));
                }
            }
        });
    }

    private static void assertClose(Tensor actual, Tensor expected) {
        double[] a = actual.toDoubles();
        double[] b = expected.toDoubles();
        for (int i = 0; i < b.length; i++) assertThat(a[i]).isCloseTo(b[i], within(1e-10));
    }

    /// A token that is predicted well has next to no gradient; in bf16 too it must not be the difference of two
    /// roundings.
    @Test
    void aTokenThatIsPredictedWellHasNextToNoGradientInBf16() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                float[] weight = new float[50 * 16];
                var rng = Rng.of(4, "head");
                for (int i = 0; i < weight.length; i++) weight[i] = (float) (0.3 * rng.nextGaussian());
                float[] row = new float[16];
                double length = 0;
                for (int i = 0; i < 16; i++) length += weight[7 * 16 + i] * weight[7 * 16 + i];
                for (int i = 0; i < 16; i++) row[i] = (float) (20 / length * weight[7 * 16 + i]);
                Tensor narrowWeight = Tensors.of(weight, 50, 16).to(DType.BF16);
                Tensor narrowRow = Tensors.of(row, 1, 16).to(DType.BF16);
                double[] weights = {-1};
                double[] narrow = LogProbHead.gradients(narrowRow, narrowWeight, new int[] {7}, weights, false)
                        .rowGradient()
                        .toDoubles();
                double[] exact = LogProbHead.gradients(
                                narrowRow.to(DType.F64), narrowWeight.to(DType.F64), new int[] {7}, weights, false)
                        .rowGradient()
                        .toDoubles();
                for (int i = 0; i < exact.length; i++)
                    assertThat(narrow[i]).isCloseTo(exact[i], within(0.02 * Math.abs(exact[i]) + 1e-6));
            }
        });
    }
}
