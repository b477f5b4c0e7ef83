package dev.savile.evaluate.statistics;

import java.util.Optional;
import org.apache.commons.statistics.distribution.TDistribution;

/// Estimate a mean whose items come in clusters.
///
///     standard error = sqrt(G / (G - 1) * sum over clusters of (sum of (x - mean))^2) / n
///
/// With every item a cluster of its own this is the usual `s / sqrt(n)`.
///
/// *Paper*: Miller, "Adding error bars to evals", 2024.
public final class ClusteredMean {
    /// A spread below it is none.
    private static final double ROUNDING = 1e-12;

    private ClusteredMean() {}

    public static double mean(double[] values) {
        if (values.length == 0) throw new IllegalArgumentException("the mean of no values is not defined");
        double sum = 0;
        for (double value : values) sum += value;
        return sum / values.length;
    }

    /// Return the standard error of the mean; infinite for a single cluster, which says nothing about the spread.
    public static double standardError(double[] values, Clusters clusters) {
        double mean = mean(values);
        double[] centred = new double[values.length];
        for (int i = 0; i < values.length; i++) centred[i] = values[i] - mean;
        double groups = clusters.count();
        double[] sums = clusters.sums(centred);
        if (groups < 2) return Double.POSITIVE_INFINITY;
        double squares = 0;
        for (double sum : sums) squares += sum * sum;
        return Math.sqrt(groups / (groups - 1) * squares) / values.length;
    }

    /// Return the interval of a share, or of a mean of scores from 0 to 1: Wilson's where every item stands alone;
    /// Student's over clusters, cut to 0 and 1, where items hang together; Wilson's with a count of clusters where
    /// all of them are alike; 0 to 1 for a single cluster.
    public static Interval ofShare(double[] scores, Clusters clusters, double level) {
        double mean = mean(scores);
        int n = scores.length;
        if (clusters.allSingletons())
            return Proportion.wilson(Math.min(mean * n, n), n, level).including(mean);
        double groups = clusters.count();
        if (standardError(scores, clusters) <= ROUNDING) // no spread among few clusters is no certainty
        return Proportion.wilson(mean * groups, clusters.count(), level).including(mean);
        return interval(scores, clusters, level)
                .map(found -> new Interval(Math.clamp(found.low(), 0, 1), Math.clamp(found.high(), 0, 1)))
                .orElse(new Interval(0, 1));
    }

    /// Return Student's interval with one degree of freedom less than there are clusters; empty for a single
    /// cluster.
    public static Optional<Interval> interval(double[] values, Clusters clusters, double level) {
        double error = standardError(values, clusters);
        if (clusters.count() < 2) return Optional.empty();
        double half = TDistribution.of(clusters.count() - 1.0).inverseCumulativeProbability(0.5 + level / 2) * error;
        double mean = mean(values);
        return Optional.of(new Interval(mean - half, mean + half));
    }
}
