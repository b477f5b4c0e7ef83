package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;
import java.util.Arrays;
import java.util.Optional;

/// Hold a statistic and its values on resamples of the data.
///
/// The units that are drawn (items, or clusters of items) go in by number, so any statistic will do: a mean, macro
/// F1, the difference of two corpus scores.
///
/// *Paper*: Efron, "Better bootstrap confidence intervals", 1987.
public final class BootstrapDraws {
    /// Two values this near are one value: sums taken in another order differ in their last digits.
    private static final double ROUNDING = 1e-12;

    private final double estimate;
    private final double[] sorted;

    private BootstrapDraws(double estimate, double[] sorted) {
        this.estimate = estimate;
        this.sorted = sorted;
    }

    /// Compute a statistic from the numbers of the drawn units; the array is reused between calls.
    @FunctionalInterface
    public interface Statistic {
        double of(int[] drawn);
    }

    /// Draw `units` units with replacement, `draws` times.
    public static BootstrapDraws of(int units, int draws, Rng rng, Statistic statistic) {
        if (units < 1 || draws < 1)
            throw new IllegalArgumentException("needs units and draws, got " + units + " and " + draws);
        int[] drawn = new int[units];
        for (int i = 0; i < units; i++) drawn[i] = i;
        double estimate = statistic.of(drawn);
        double[] values = new double[draws];
        for (int k = 0; k < draws; k++) {
            for (int i = 0; i < units; i++) drawn[i] = rng.nextInt(units);
            values[k] = statistic.of(drawn);
        }
        return of(estimate, values);
    }

    /// Take values that were drawn elsewhere; they are sorted in place.
    static BootstrapDraws of(double estimate, double[] values) {
        Arrays.sort(values);
        return new BootstrapDraws(estimate, values);
    }

    /// Return the statistic on the data as they are.
    public double estimate() {
        return estimate;
    }

    public int draws() {
        return sorted.length;
    }

    /// Return the standard error: the standard deviation of the draws, whatever their number.
    public double standardError() {
        double mean = ClusteredMean.mean(sorted);
        double squares = 0;
        for (double value : sorted) squares += (value - mean) * (value - mean);
        return Math.sqrt(squares / sorted.length);
    }

    /// Tell whether every draw gave the same value, so that no interval can be taken from them.
    public boolean collapsed() {
        return sorted[sorted.length - 1] - sorted[0] <= ROUNDING * Math.max(1, Math.abs(estimate));
    }

    /// Return the `ceil(share * draws)`-th smallest draw.
    public double quantile(double share) {
        int rank = (int) Math.ceil(share * sorted.length - ROUNDING * sorted.length);
        return sorted[Math.clamp(rank, 1, sorted.length) - 1];
    }

    /// Return the interval between the quantiles that leave `(1 - level) / 2` on either side.
    public Interval percentile(double level) {
        return new Interval(quantile((1 - level) / 2), quantile(0.5 + level / 2));
    }

    /// Return the interval corrected for bias and for a spread that changes with the value.
    ///
    ///     z0 = quantile(share of draws below the estimate, ties half)
    ///     a  = sum u^3 / (6 (sum u^2)^1.5),  u_g = mean of the leave-one-out values - value without g
    ///     ends at the shares F(z0 + (z0 + z) / (1 - a (z0 + z))),  z = -+ quantile of the level
    ///
    /// @param leaveOneOut the statistic without each unit in turn
    /// @return empty when the estimate lies outside all draws or the leave-one-out values are all equal
    public Optional<Interval> biasCorrected(double level, double[] leaveOneOut) {
        double bias = Normal.quantile(shareBelowEstimate());
        double mean = ClusteredMean.mean(leaveOneOut);
        double squares = 0;
        double cubes = 0;
        for (double value : leaveOneOut) {
            double u = mean - value;
            squares += u * u;
            cubes += u * u * u;
        }
        if (Double.isInfinite(bias) || !(squares > 0)) return Optional.empty();
        double acceleration = cubes / (6 * Math.pow(squares, 1.5));
        double z = Normal.twoSided(level);
        double low = quantile(shifted(-z, bias, acceleration));
        return Optional.of(new Interval(low, Math.max(low, quantile(shifted(z, bias, acceleration)))));
    }

    /// Return the p value of "the true value is 0", from the draws moved so that they centre on 0.
    public double centredP() {
        double reach = Math.abs(estimate) * (1 - ROUNDING);
        long beyond = Arrays.stream(sorted)
                .filter(v -> Math.abs(v - estimate) >= reach)
                .count();
        return (1.0 + beyond) / (sorted.length + 1.0);
    }

    /// Return the one-sided p value of "the true value is 0 or below", from the same moved draws.
    public double centredGreaterP() {
        double slack = ROUNDING * Math.max(1, Math.abs(estimate));
        long beyond = Arrays.stream(sorted)
                .filter(v -> v - estimate >= estimate - slack)
                .count();
        return (1.0 + beyond) / (sorted.length + 1.0);
    }

    /// Return the p value of "the true value is at most `bound`": the share of draws there.
    public double atMostP(double bound) {
        double limit = bound + ROUNDING * Math.max(1, Math.abs(bound));
        long below = Arrays.stream(sorted).filter(v -> v <= limit).count();
        return (1.0 + below) / (sorted.length + 1.0);
    }

    /// Return the p value of "the true value is at least `bound`".
    public double atLeastP(double bound) {
        double limit = bound - ROUNDING * Math.max(1, Math.abs(bound));
        long above = Arrays.stream(sorted).filter(v -> v >= limit).count();
        return (1.0 + above) / (sorted.length + 1.0);
    }

    private static double shifted(double z, double bias, double acceleration) {
        double moved = bias + z;
        return Normal.below(bias + moved / (1 - acceleration * moved));
    }

    private double shareBelowEstimate() {
        double slack = ROUNDING * Math.max(1, Math.abs(estimate));
        double below = 0;
        for (double value : sorted) {
            if (value < estimate - slack) below += 1;
            else if (value <= estimate + slack) below += 0.5;
        }
        return below / sorted.length;
    }
}
