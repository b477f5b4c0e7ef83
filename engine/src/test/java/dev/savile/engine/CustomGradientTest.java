package dev.savile.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class CustomGradientTest {
    private static final int ROWS = 3;
    private static final int WIDTH = 8;
    private static final double STEP = 1e-6;

    @Test
    void theNormsFormulaAgreesWithFiniteDifferences() {
        agrees(x -> Ops.rmsNorm(x.times(1), random("norm", WIDTH), 1e-5), ROWS, WIDTH);
    }

    @Test
    void theRotationsFormulaAgreesWithFiniteDifferences() {
        Tensor[] tables = new Tensor[2];
        agrees(
                x -> {
                    tables[0] = random("cosine", ROWS, 1, WIDTH);
                    // The way back is only the opposite rotation if both halves turn by one angle.
                    Tensor half = random("sine", ROWS, 1, WIDTH / 2);
                    tables[1] = Tensors.concatenate(java.util.List.of(half.negated(), half), 2);
                    Tensor cosine = tables[0].narrow(2, 0, WIDTH / 2);
                    return Ops.rotateHalves(
                            x.times(1), Tensors.concatenate(java.util.List.of(cosine, cosine), 2), tables[1]);
                },
                ROWS,
                2,
                WIDTH);
    }

    @Test
    void aFormulaSeesTheWholeGradientOnceAndMayChangeIt() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor leaf = random("leaf", ROWS, WIDTH).requireGradient(true);
                int[] calls = new int[1];
                Tensor x = Grad.through(leaf.times(2), gradient -> {
                    calls[0]++;
                    assertThat(gradient.toDoubles()).containsOnly(4.0);
                    return gradient.times(10);
                });
                x.plus(x.times(3)).sum().backward(); // two users, one gradient
                assertThat(calls[0]).isOne();
                assertThat(leaf.gradient().toDoubles()).containsOnly(80.0);
            }
        });
    }

    @Test
    void formulasLeaveNoNativeObjectBehindWhetherTheyRunOrNot() {
        EngineThread.run(() -> {
            Tensor leaf = random("leaf", 64, 64).retain().requireGradient(true);
            long afterWarmUp = 0;
            for (int step = 0; step < 400; step++) {
                try (var scope = Scope.open()) {
                    Tensor weight = Tensors.ones(DType.F64, Device.CPU, 64);
                    Tensor y = Ops.rmsNorm(leaf.times(2), weight, 1e-5);
                    if (step % 2 == 0) y.sum().backward();
                }
                leaf.clearGradient();
                if (step == 200) afterWarmUp = Memory.nativeBytes();
            }
            assertThat(Memory.nativeBytes()).isLessThanOrEqualTo(afterWarmUp);
            leaf.release();
        });
    }

    @Test
    void sharesOfAGradientAddUpBesideThoseOfAutograd() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor leaf = random("leaf", WIDTH).requireGradient(true);
                leaf.addGradient(Tensors.full(2, DType.F64, Device.CPU, WIDTH));
                leaf.times(3).sum().backward();
                leaf.addGradient(Tensors.full(5, DType.F64, Device.CPU, WIDTH));
                assertThat(leaf.gradient().toDoubles()).containsOnly(10.0);
            }
        });
    }

    /// Compare the gradient of a weighted sum of an operation's values with central differences.
    private static void agrees(UnaryOperator<Tensor> operation, long... shape) {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor x = random("x", shape).requireGradient(true);
                Tensor factors = random("factors", shape);
                operation.apply(x).times(factors).sum().backward();
                double[] gradient = x.gradient().toDoubles();
                double[] values = x.toDoubles();
                for (int i = 0; i < values.length; i++) {
                    double[] above = values.clone();
                    double[] below = values.clone();
                    above[i] += STEP;
                    below[i] -= STEP;
                    double difference = (sum(operation, above, factors, shape) - sum(operation, below, factors, shape))
                            / (2 * STEP);
                    assertThat(gradient[i]).isCloseTo(difference, within(1e-7));
                }
            }
        });
    }

    private static double sum(UnaryOperator<Tensor> operation, double[] values, Tensor factors, long... shape) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            return operation
                    .apply(Tensors.of(values, shape))
                    .times(factors)
                    .sum()
                    .item();
        }
    }

    private static Tensor random(String name, long... shape) {
        var rng = Rng.of(7, name);
        int count = 1;
        for (long size : shape) count *= (int) size;
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = 2 * rng.nextDouble() - 1;
        return Tensors.of(values, shape);
    }
}
