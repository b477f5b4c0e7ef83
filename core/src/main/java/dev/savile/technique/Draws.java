package dev.savile.technique;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Rng;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/// Draw starting values. Each tensor draws from a stream of its own, named by it, so that adding one shifts no
/// other.
public record Draws(Device device, long seed) {
    public Tensor uniform(String name, double bound, long... shape) {
        Rng rng = stream(name);
        return filled(() -> (2 * rng.nextDouble() - 1) * bound, shape);
    }

    public Tensor normal(String name, double deviation, long... shape) {
        Rng rng = stream(name);
        return filled(() -> deviation * rng.nextGaussian(), shape);
    }

    public Tensor zeros(long... shape) {
        return Tensors.zeros(DType.F32, device, shape);
    }

    public Tensor ones(long... shape) {
        return Tensors.ones(DType.F32, device, shape);
    }

    /// Draw numbers from 0 to `bound - 1`.
    public int[] numbers(String name, int count, int bound) {
        Rng rng = stream(name);
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) numbers[i] = rng.nextInt(bound);
        return numbers;
    }

    private Rng stream(String name) {
        return Rng.of(seed, "init", name);
    }

    private static Tensor filled(DoubleSupplier draw, long... shape) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        for (int i = 0; i < values.length; i++) values[i] = (float) draw.getAsDouble();
        return Tensors.of(values, shape);
    }
}
