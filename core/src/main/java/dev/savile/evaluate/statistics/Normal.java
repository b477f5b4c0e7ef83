package dev.savile.evaluate.statistics;

import org.apache.commons.statistics.distribution.NormalDistribution;

/// Name the three functions of the standard normal distribution that the formulas use.
final class Normal {
    private static final NormalDistribution STANDARD = NormalDistribution.of(0, 1);

    private Normal() {}

    /// The share below `z`.
    static double below(double z) {
        return STANDARD.cumulativeProbability(z);
    }

    /// The share above `z`, without the loss of digits of `1 - below(z)`.
    static double above(double z) {
        return STANDARD.survivalProbability(z);
    }

    static double quantile(double probability) {
        return STANDARD.inverseCumulativeProbability(probability);
    }

    static double density(double z) {
        return STANDARD.density(z);
    }

    /// The quantile that leaves `(1 - level) / 2` on either side.
    static double twoSided(double level) {
        if (!(level > 0 && level < 1))
            throw new IllegalArgumentException("level must lie between 0 and 1, got " + level);
        return quantile(0.5 + level / 2);
    }
}
