package dev.savile.evaluate.statistics;

/// Bound the difference of two proportions measured on the same items, and test non-inferiority.
///
///     Z(d) = (b - c - n d) / sqrt(n (2 q + d (1 - d)))
///     q    = (sqrt(B^2 - 4 A C) - B) / 2A,   A = 2n,  B = -b - c + (2n - b + c) d,  C = -c d (1 - d)
///
/// `b` counts the items that only the first system has right, `c` those that only the second has right, `d` is a
/// supposed difference (first minus second) and `q` the share of the second kind that fits `d` best. The interval
/// holds every `d` with `|Z(d)| <= z`. Unlike a bootstrap it does not collapse when no item is discordant: 0 of
/// 100 still leaves 3.7 points either way.
///
/// *Paper*: Tango, "Equivalence test and confidence interval for the difference in proportions for the
/// paired-sample design", 1998.
public final class Tango {
    private static final int BISECTIONS = 100;

    private Tango() {}

    /// Return the score interval of the difference, first minus second.
    public static Interval interval(int b, int c, int n, double level) {
        double z = Normal.twoSided(level);
        double low = root(b, c, n, z);
        return new Interval(low, Math.max(low, root(b, c, n, -z)));
    }

    /// Return `Z(difference)`, the distance of the counts from a supposed difference in standard errors; 0 for
    /// 0/0.
    ///
    /// @param difference between -1 and 1
    public static double z(int b, int c, int n, double difference) {
        check(b, c, n);
        double numerator = b - c - n * difference;
        double variance = n * (2 * secondOnly(b, c, n, difference) + difference * (1 - difference));
        if (numerator == 0) return 0;
        return variance > 0 ? numerator / Math.sqrt(variance) : Math.copySign(Double.POSITIVE_INFINITY, numerator);
    }

    /// Return the p value of "the first is worse than the second by `tolerance` or more"; a small one shows it
    /// good enough.
    ///
    /// Below 0.025 exactly when the lower end of the 95 % interval lies above `-tolerance`.
    public static double nonInferiority(int b, int c, int n, double tolerance) {
        return Normal.above(z(b, c, n, -tolerance));
    }

    /// Z falls as the supposed difference rises, so one bisection finds where it crosses the level.
    private static double root(int b, int c, int n, double level) {
        double low = -1;
        double high = 1;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = 0.5 * (low + high);
            if (z(b, c, n, middle) > level) low = middle;
            else high = middle;
        }
        return 0.5 * (low + high);
    }

    private static double secondOnly(int b, int c, int n, double difference) {
        double linear = -b - c + (2.0 * n - b + c) * difference;
        double constant = -c * difference * (1 - difference);
        double root = Math.sqrt(Math.max(0, linear * linear - 8.0 * n * constant));
        // The second form is the first without the loss of digits when `linear` is positive.
        if (linear <= 0) return (root - linear) / (4.0 * n);
        return -2 * constant / (root + linear);
    }

    private static void check(int b, int c, int n) {
        if (b < 0 || c < 0 || n < 1 || (long) b + c > n)
            throw new IllegalArgumentException("needs b, c >= 0 and b + c <= n, got b " + b + ", c " + c + ", n " + n);
    }
}
