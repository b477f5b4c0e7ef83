package dev.savile.evaluate.statistics;

import org.apache.commons.statistics.distribution.BinomialDistribution;

/// Test whether two systems differ, from the items on which exactly one of them is right.
///
/// `b` counts the items that only the first has right, `c` those that only the second has right. If the systems
/// are equal, each of the `m = b + c` items falls to either side like a fair coin. Exact at every size, so there
/// is no rule about "enough" items.
///
/// *Paper*: McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
/// 1947.
public final class McNemar {
    private McNemar() {}

    /// Return the two-sided p value, `min(1, 2 * P(X <= min(b, c)))`; 1 when no item is discordant.
    public static double exact(int b, int c) {
        check(b, c);
        if (b == c) return 1;
        return Math.min(1, 2 * coins(b + c).cumulativeProbability(Math.min(b, c)));
    }

    /// Return the one-sided p value of "the first is better", `P(X >= b)`.
    public static double greater(int b, int c) {
        check(b, c);
        if (b == 0) return 1;
        return coins(b + c).survivalProbability(b - 1);
    }

    private static BinomialDistribution coins(int count) {
        return BinomialDistribution.of(count, 0.5);
    }

    private static void check(int b, int c) {
        if (b < 0 || c < 0) throw new IllegalArgumentException("counts must not be negative, got " + b + " and " + c);
    }
}
