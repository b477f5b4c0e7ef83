package dev.savile.engine;

import java.util.ArrayList;
import java.util.List;

/// Measure which precision and how many threads suit this computer's CPU: CPUs give opposite answers, so nothing
/// is assumed.
///
/// Times the matrix products of a small model's layers in fp32 and bf16, with one thread and with more, in a few
/// hundred milliseconds. Call it on the engine's thread; it leaves the best number of threads in use.
public final class Calibration {
    /// Rows, inputs and outputs of the products timed: the shapes of a layer of a model of 135 million parameters.
    private static final int[][] SHAPES = {{384, 576, 1536}, {384, 1536, 576}, {384, 576, 576}};

    private static final int ROUNDS = 5;

    private Calibration() {}

    /// One setting and what it reached.
    ///
    /// @param gigaflops billions of floating-point operations a second over all shapes, best of several rounds
    public record Timing(DType dtype, int threads, double gigaflops) {}

    /// @param timings all settings tried
    /// @param dtype   type of the fastest one
    /// @param threads threads of the fastest one
    public record Result(List<Timing> timings, DType dtype, int threads) {
        public Result {
            timings = List.copyOf(timings);
        }
    }

    /// Measure.
    ///
    /// @param threadCounts numbers of threads to try
    public static Result measure(List<Integer> threadCounts) {
        List<Timing> timings = new ArrayList<>();
        for (int threads : threadCounts) {
            Threads.use(threads);
            for (DType dtype : List.of(DType.F32, DType.BF16))
                timings.add(new Timing(dtype, threads, gigaflops(dtype)));
        }
        Timing best = timings.getFirst();
        for (Timing timing : timings) if (timing.gigaflops() > best.gigaflops()) best = timing;
        Threads.use(best.threads());
        return new Result(timings, best.dtype(), best.threads());
    }

    private static double gigaflops(DType dtype) {
        double operations = 0;
        double seconds = 0;
        for (int[] shape : SHAPES) {
            try (var scope = Scope.open();
                    var off = Grad.off()) {
                Tensor x = Tensors.ones(dtype, Device.CPU, shape[0], shape[1]);
                Tensor weight = Tensors.full(0.01, dtype, Device.CPU, shape[2], shape[1]);
                for (int i = 0; i < 2; i++) product(x, weight); // the first calls choose and compile kernels
                double best = Double.MAX_VALUE;
                for (int i = 0; i < ROUNDS; i++) best = Math.min(best, product(x, weight));
                seconds += best;
                operations += 2.0 * shape[0] * shape[1] * shape[2];
            }
        }
        return operations / seconds / 1e9;
    }

    private static double product(Tensor x, Tensor weight) {
        try (var scope = Scope.open()) {
            long started = System.nanoTime();
            Ops.linear(x, weight);
            return (System.nanoTime() - started) / 1e9;
        }
    }
}
