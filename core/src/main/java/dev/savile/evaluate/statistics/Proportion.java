package dev.savile.evaluate.statistics;

import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.statistics.distribution.BetaDistribution;

/// Bound one proportion.
///
/// *Use* for the accuracy of one system. *Not* for the difference of two on the same items: that is [Tango].
public final class Proportion {
    private Proportion() {}

    /// Compute Wilson's score interval.
    ///
    ///     p = successes / n
    ///     centre     = (p + z^2 / 2n) / (1 + z^2 / n)
    ///     half width = z * sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n)
    ///
    /// A fractional count is allowed: credits between 0 and 1 vary less than right-or-wrong items of the same
    /// mean, so that the interval then errs on the wide side.
    ///
    /// *Paper*: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    ///
    /// @param successes 0 to `n`
    /// @param level     for example 0.95
    public static Interval wilson(double successes, long n, double level) {
        check(successes, n);
        double z = Normal.twoSided(level);
        double p = successes / n;
        double scale = 1 + z * z / n;
        double centre = (p + z * z / (2.0 * n)) / scale;
        double half = z * Math.sqrt(p * (1 - p) / n + z * z / (4.0 * n * n)) / scale;
        double low = successes <= 0 ? 0 : Math.max(0, centre - half);
        double high = successes >= n ? 1 : Math.min(1, centre + half);
        return new Interval(low, high);
    }

    /// Compute the Clopper-Pearson interval, which covers at least `level` for every true proportion and is wider
    /// for it.
    ///
    /// *Paper*: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    /// binomial", 1934.
    public static Interval clopperPearson(long successes, long n, double level) {
        check((double) successes, n);
        double tail = (1 - level) / 2;
        double low = successes == 0
                ? 0
                : BetaDistribution.of((double) successes, n - successes + 1.0).inverseCumulativeProbability(tail);
        double high = successes == n
                ? 1
                : BetaDistribution.of(successes + 1.0, (double) (n - successes)).inverseSurvivalProbability(tail);
        return new Interval(low, high);
    }

    /// Compute it from credits; nothing where one is neither 0 nor 1, so that no share of them is right.
    public static Optional<Interval> clopperPearson(double[] credits, double level) {
        if (Arrays.stream(credits).anyMatch(credit -> credit != 0 && credit != 1)) return Optional.empty();
        long right = Math.round(Arrays.stream(credits).sum());
        return Optional.of(clopperPearson(right, credits.length, level));
    }

    private static void check(double successes, long n) {
        if (n < 1) throw new IllegalArgumentException("n must be at least 1, got " + n);
        if (!(successes >= 0 && successes <= n))
            throw new IllegalArgumentException("successes must lie between 0 and " + n + ", got " + successes);
    }
}
