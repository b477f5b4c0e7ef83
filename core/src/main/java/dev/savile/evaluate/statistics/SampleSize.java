package dev.savile.evaluate.statistics;

import java.util.OptionalDouble;

/// Relate the number of paired items to the gap that they can show.
///
///     n = (z_(1 - alpha/2) sqrt(psi) + z_power sqrt(psi - gap^2))^2 / gap^2
///
/// `psi` is the share of items on which the two systems differ (the mean squared difference, for scores that are
/// not 0 or 1), `gap` the true difference. Without further words `alpha` is 0.05 and the power 0.80.
public final class SampleSize {
    private static final double Z_ALPHA = Normal.quantile(0.975);
    private static final double Z_POWER = Normal.quantile(0.80);

    private SampleSize() {}

    /// Return the number of items with which a gap is found with 80 % power at the two-sided 5 % level.
    public static long items(double psi, double gap) {
        return ceiling(exactItems(psi, gap, Z_ALPHA, Z_POWER));
    }

    /// Return the number of items with which a gap is found.
    ///
    /// @param alpha two-sided level
    /// @param power wanted chance of finding the gap
    public static long items(double psi, double gap, double alpha, double power) {
        return ceiling(exactItems(psi, gap, Normal.quantile(1 - alpha / 2), Normal.quantile(power)));
    }

    /// Return the chance of finding a gap with `n` items.
    public static double power(long n, double psi, double gap, double alpha) {
        checkGap(psi, gap);
        double z = Normal.quantile(1 - alpha / 2);
        return Normal.below((Math.abs(gap) * Math.sqrt((double) n) - z * Math.sqrt(psi)) / Math.sqrt(psi - gap * gap));
    }

    /// Return the smallest gap that `n` items find with 80 % power; empty when not even one as large as `psi`
    /// would be found.
    public static OptionalDouble minimumDetectableGap(long n, double psi) {
        if (n < 1) throw new IllegalArgumentException("n must be at least 1, got " + n);
        if (!(psi >= 0 && psi <= 1)) throw new IllegalArgumentException("psi must lie between 0 and 1, got " + psi);
        if (psi == 0 || exactItems(psi, psi, Z_ALPHA, Z_POWER) > n) return OptionalDouble.empty();
        double low = 0;
        double high = psi;
        for (int i = 0; i < 100; i++) {
            double middle = 0.5 * (low + high);
            if (exactItems(psi, middle, Z_ALPHA, Z_POWER) > n) low = middle;
            else high = middle;
        }
        return OptionalDouble.of(high);
    }

    /// Return the number of items in all with which a system is shown to be within `tolerance` of another
    /// (one-sided 2.5 %, 80 %).
    ///
    /// @param variance   variance of the per-item differences; `psi` when the systems are equal
    /// @param difference supposed true difference; above `-tolerance`
    public static long itemsForNonInferiority(double variance, double difference, double tolerance) {
        double room = difference + tolerance;
        if (!(room > 0))
            throw new IllegalArgumentException("a difference of " + difference + " is not within " + tolerance);
        double z = Z_ALPHA + Z_POWER;
        return ceiling(z * z * variance / (room * room));
    }

    /// Return how many items beyond the `have` ones would show the system to be within `tolerance`.
    ///
    /// Without any discordant item the formula would ask for none; then it is the number at which Tango's interval
    /// around 0 becomes narrow enough, `z^2 (1 - tolerance) / tolerance`.
    public static ItemsNeeded neededForNonInferiority(long have, double variance, double difference, double tolerance) {
        if (!(difference + tolerance > 0)) return new ItemsNeeded.Unlikely();
        long all = variance > 0
                ? itemsForNonInferiority(variance, difference, tolerance)
                : ceiling(Z_ALPHA * Z_ALPHA * (1 - tolerance) / tolerance);
        return new ItemsNeeded.More(Math.max(1, all - have));
    }

    /// Return how many items beyond the `have` ones would show a gap of the size seen.
    public static ItemsNeeded neededForDifference(long have, double psi, double gap) {
        // Rates above 1 (errors a word) can differ by more than any share: no number of items follows.
        if (gap == 0 || psi == 0 || gap * gap > psi * (1 + 1e-9)) return new ItemsNeeded.Unlikely();
        return new ItemsNeeded.More(Math.max(1, items(psi, gap) - have));
    }

    private static double exactItems(double psi, double gap, double zAlpha, double zPower) {
        checkGap(psi, gap);
        double root = zAlpha * Math.sqrt(psi) + zPower * Math.sqrt(Math.max(0, psi - gap * gap));
        return root * root / (gap * gap);
    }

    private static void checkGap(double psi, double gap) {
        // psi >= gap^2 holds for any scores; the rounding of a mean may miss it by a hair
        if (!(psi > 0 && psi <= 1 && gap * gap <= psi * (1 + 1e-9)))
            throw new IllegalArgumentException("psi must lie between gap^2 and 1, got psi " + psi + ", gap " + gap);
    }

    private static long ceiling(double items) {
        return (long) Math.ceil(items - 1e-9);
    }
}
