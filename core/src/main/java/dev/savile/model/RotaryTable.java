package dev.savile.model;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.TokenForest;
import java.util.Arrays;

/// Cosines and sines for the tokens of one forest, and the rotation of queries and keys by them.
///
/// Dimension `i` turns together with dimension `i + headDim / 2`. The sine carries the sign of the half it stands
/// in, so that the rotation is `x * cos + swapped(x) * sin`, where `swapped` exchanges the halves.
///
/// @param cosine     `[tokens, 1, headDim]`
/// @param signedSine `[tokens, 1, headDim]`
record RotaryTable(Tensor cosine, Tensor signedSine) {
    private static final int NOT_COMPUTED = -1;

    static RotaryTable of(TokenForest forest, ModelSpec.Rotary rotary, int headDim, DType dtype, Device device) {
        int[] positions = forest.positions();
        int[] lengths = forest.treeLengths();
        int half = headDim / 2;
        double factor = rotary.scaling().attentionFactor();
        double[] cosine = new double[positions.length * headDim];
        double[] sine = new double[positions.length * headDim];
        double[] frequencies = {};
        int knownLength = -1;
        // Rows of a pass have the same positions again and again: each is computed once for the present frequencies.
        int[] computed = new int[Arrays.stream(positions).max().orElse(0) + 1];
        for (int t = 0; t < positions.length; t++) {
            if (lengths[t] != knownLength) {
                double[] next = rotary.scaling().inverseFrequencies(rotary.theta(), headDim, lengths[t]);
                if (!Arrays.equals(next, frequencies)) Arrays.fill(computed, NOT_COMPUTED);
                frequencies = next;
                knownLength = lengths[t];
            }
            int known = computed[positions[t]];
            if (known != NOT_COMPUTED) {
                System.arraycopy(cosine, known * headDim, cosine, t * headDim, headDim);
                System.arraycopy(sine, known * headDim, sine, t * headDim, headDim);
                continue;
            }
            computed[positions[t]] = t;
            for (int i = 0; i < half; i++) {
                double angle = angle(positions[t], frequencies[i], dtype);
                int at = t * headDim + i;
                cosine[at] = cosine[at + half] = Math.cos(angle) * factor;
                sine[at + half] = Math.sin(angle) * factor;
                sine[at] = -sine[at + half];
            }
        }
        return new RotaryTable(
                table(cosine, positions.length, headDim, dtype, device),
                table(sine, positions.length, headDim, dtype, device));
    }

    /// The reference implementations round the frequency and the angle to fp32; a model in fp64 does not.
    private static double angle(int position, double frequency, DType dtype) {
        return dtype == DType.F64 ? position * frequency : (float) position * (float) frequency;
    }

    private static Tensor table(double[] values, int tokens, int headDim, DType dtype, Device device) {
        return Tensors.of(values, tokens, 1, headDim).to(dtype).on(device);
    }

    /// Rotate `x [tokens, heads, headDim]`; the result has the type of attention.
    Tensor rotate(Tensor x) {
        return Ops.rotateHalves(x, cosine, signedSine);
    }
}
