package dev.savile.model;

/// Stretch the rotary frequencies so that a model reads longer contexts than its first training saw.
public sealed interface RotaryScaling {
    /// Frequencies as they are.
    record None() implements RotaryScaling {}

    /// All frequencies divided by `factor`.
    record Linear(double factor) implements RotaryScaling {}

    /// The base grows with the length of the row once it passes `original` positions (NTK-aware scaling).
    record Dynamic(double factor, int original) implements RotaryScaling {}

    /// Llama 3.1: low frequencies divided by `factor`, high ones kept, those between blended.
    record Llama3(double factor, double lowFactor, double highFactor, int original) implements RotaryScaling {}

    /// YaRN (Peng et al., 2023): frequencies blended along a ramp, attention scaled by `attention`.
    ///
    /// @param attention factor on cosine and sine
    /// @param truncate  whether the ends of the ramp are rounded to whole dimensions
    record Yarn(double factor, int original, double betaFast, double betaSlow, double attention, boolean truncate)
            implements RotaryScaling {
        /// Return the dimension whose wave turns `rotations` times within the original context.
        double dimension(double rotations, double theta, int headDim) {
            return headDim * Math.log(original / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
        }
    }

    /// Return the factor on cosine and sine.
    default double attentionFactor() {
        return this instanceof Yarn yarn ? yarn.attention() : 1.0;
    }

    /// Return the `headDim / 2` inverse frequencies for a row.
    ///
    /// @param length number of positions of the row; only [Dynamic] looks at it
    default double[] inverseFrequencies(double theta, int headDim, int length) {
        int half = headDim / 2;
        double[] plain = plain(theta, headDim);
        return switch (this) {
            case None _ -> plain;
            case Linear(double factor) -> map(plain, f -> f / factor);
            case Dynamic(double factor, int original) -> {
                if (length <= original) yield plain;
                double stretch = factor * length / original - (factor - 1);
                yield plain(theta * Math.pow(stretch, headDim / (headDim - 2.0)), headDim);
            }
            case Llama3(double factor, double low, double high, int original) ->
                map(plain, f -> {
                    double wavelength = 2 * Math.PI / f;
                    if (wavelength < original / high) return f;
                    if (wavelength > original / low) return f / factor;
                    double smooth = (original / wavelength - low) / (high - low);
                    return (1 - smooth) * f / factor + smooth * f;
                });
            case Yarn yarn -> {
                double low = yarn.dimension(yarn.betaFast(), theta, headDim);
                double high = yarn.dimension(yarn.betaSlow(), theta, headDim);
                if (yarn.truncate()) {
                    low = Math.floor(low);
                    high = Math.ceil(high);
                }
                low = Math.max(low, 0);
                high = Math.min(high, headDim - 1);
                if (low == high) high += 0.001; // the ramp must not divide by zero
                double[] blended = new double[half];
                for (int i = 0; i < half; i++) {
                    double ramp = Math.clamp((i - low) / (high - low), 0.0, 1.0);
                    blended[i] = plain[i] / yarn.factor() * ramp + plain[i] * (1 - ramp);
                }
                yield blended;
            }
        };
    }

    private static double[] plain(double theta, int headDim) {
        double[] frequencies = new double[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = 1 / Math.pow(theta, 2.0 * i / headDim);
        return frequencies;
    }

    private static double[] map(double[] values, java.util.function.DoubleUnaryOperator f) {
        return java.util.Arrays.stream(values).map(f).toArray();
    }
}
