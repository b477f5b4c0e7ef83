package dev.savile.evaluate.statistics;

/// Tell by how much the best of several equally good systems looks better than it is, on the items that chose it.
///
///     optimism = e_k sqrt(p (1 - p) (1 - rho) / n)
///
/// `e_k` is the expected largest of `k` standard normal draws, `rho` the correlation of two systems over items. It
/// is why the score that picked a winner is never printed as the winner's quality.
public final class Optimism {
    private static final double REACH = 10;
    private static final int STEPS = 4000;

    private Optimism() {}

    /// Return the expected excess of the winner's score over its true value, as a share.
    ///
    /// @param systems     how many were compared
    /// @param accuracy    their common accuracy
    /// @param correlation of two systems' per-item correctness
    public static double expected(int systems, long n, double accuracy, double correlation) {
        if (n < 1) throw new IllegalArgumentException("n must be at least 1, got " + n);
        return expectedMaximum(systems) * Math.sqrt(accuracy * (1 - accuracy) * (1 - correlation) / n);
    }

    /// Return the expected largest of `count` standard normal draws: the integral of `x k f(x) F(x)^(k-1)`, by
    /// Simpson's rule.
    public static double expectedMaximum(int count) {
        if (count < 1) throw new IllegalArgumentException("count must be at least 1, got " + count);
        double step = 2 * REACH / STEPS;
        double sum = 0;
        for (int i = 0; i <= STEPS; i++) {
            double x = -REACH + i * step;
            double weight = i == 0 || i == STEPS ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * x * count * Normal.density(x) * Math.pow(Normal.below(x), count - 1.0);
        }
        return sum * step / 3;
    }
}
