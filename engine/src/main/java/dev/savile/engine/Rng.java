package dev.savile.engine;

import java.nio.charset.StandardCharsets;

/// Draw random numbers from a named stream, the same on every computer and JVM.
///
/// A stream is keyed by a seed and a path of names ("lora", "model.layers.3.self_attn.q_proj"), so adding a
/// module, a task or an arm never shifts the draws of another. The generator is SplitMix64 (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014); its whole state is one `long`, which a checkpoint
/// keeps.
public final class Rng {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    private Rng(long state) {
        this.state = state;
    }

    /// Open the stream of a seed and a path of names.
    public static Rng of(long seed, String... path) {
        long key = mix(seed + GOLDEN);
        for (String name : path) {
            for (byte b : name.getBytes(StandardCharsets.UTF_8)) key = mix(key ^ (b & 0xFF)) + GOLDEN;
            key = mix(key ^ 0x1F0000L); // closes the name, so that ("ab","c") and ("a","bc") differ
        }
        return new Rng(key);
    }

    /// Go on from a state that [#state] returned.
    public static Rng resume(long state) {
        return new Rng(state);
    }

    public long state() {
        return state;
    }

    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /// Draw an integer from 0 (inclusive) to `bound` (exclusive), without bias.
    public int nextInt(int bound) {
        if (bound < 1) throw new IllegalArgumentException("bound must be at least 1, got " + bound);
        long limit = Long.MAX_VALUE - Long.MAX_VALUE % bound;
        long draw = nextLong() >>> 1;
        while (draw >= limit) draw = nextLong() >>> 1;
        return (int) (draw % bound);
    }

    /// Draw a number from 0 (inclusive) to 1 (exclusive) with 53 random bits.
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /// Draw from the standard normal distribution (Box and Muller, one value a call so that the state stays one
    /// `long`).
    public double nextGaussian() {
        double radius = Math.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        return radius * StrictMath.cos(2 * Math.PI * nextDouble());
    }

    /// Return the numbers 0 to `size - 1` in random order (Fisher and Yates).
    public int[] permutation(int size) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) order[i] = i;
        for (int i = size - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
