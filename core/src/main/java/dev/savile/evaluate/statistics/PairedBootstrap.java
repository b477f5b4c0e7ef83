package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;
import java.util.Arrays;
import java.util.Optional;

/// Judge a mean of per-item differences by resampling clusters of items.
///
/// *Use* for scores that are not just right or wrong (token F1, credit shared between tied labels, means over
/// seeds) and for items in clusters. *Not* for right-or-wrong items one by one: [McNemar] and [Tango] are exact
/// there. *Cost*: draws times clusters; 10,000 draws over 1,500 items take about a quarter of a second.
public final class PairedBootstrap {
    /// The usual number of draws.
    public static final int DRAWS = 10_000;

    private final double[] differences;
    private final Clusters clusters;
    private final double[] sums;
    private final int[] sizes;
    private final BootstrapDraws draws;
    private final double equalOrBetter;
    private final double atLeastAsFar;

    private PairedBootstrap(double[] differences, Clusters clusters, int count, Rng rng) {
        this.differences = differences.clone();
        this.clusters = clusters;
        this.sums = clusters.sums(differences);
        this.sizes = clusters.sizes();
        this.draws = BootstrapDraws.of(clusters.count(), count, rng, this::mean);
        long better = 0;
        long farther = 0;
        double sum = Arrays.stream(sums).sum();
        double slack = 1e-12 * Arrays.stream(sums).map(Math::abs).sum();
        for (int k = 0; k < count; k++) {
            double flipped = flippedSum(rng);
            if (flipped >= sum - slack) better++;
            if (Math.abs(flipped) >= Math.abs(sum) - slack) farther++;
        }
        this.equalOrBetter = (1.0 + better) / (count + 1.0);
        this.atLeastAsFar = (1.0 + farther) / (count + 1.0);
    }

    /// Resample items, each on its own.
    public static PairedBootstrap of(double[] differences, int draws, Rng rng) {
        return new PairedBootstrap(differences, Clusters.singletons(differences.length), draws, rng);
    }

    /// Resample clusters of items; the mean stays one over items.
    public static PairedBootstrap of(double[] differences, Clusters clusters, int draws, Rng rng) {
        return new PairedBootstrap(differences, clusters, draws, rng);
    }

    /// Return the draws of the mean difference.
    public BootstrapDraws draws() {
        return draws;
    }

    /// Return the interval of the mean difference; empty when the differences say nothing about their spread.
    ///
    /// Bias-corrected where that is defined. Where all differences are equal, or the estimate lies outside all
    /// draws, Tango's interval if the differences are 0 and 1 only. Where a tail holds fewer than 20 draws,
    /// Student's interval.
    public Optional<Interval> interval(double level) {
        if (clusters.count() < 2) return Optional.empty();
        if (allEqual()) return withoutSpread(level);
        if ((1 - level) / 2 < 20.0 / draws.draws()) return ClusteredMean.interval(differences, clusters, level);
        Optional<Interval> corrected = draws.biasCorrected(level, leaveOneOut());
        return corrected.isPresent() ? corrected : withoutSpread(level);
    }

    /// Return the two-sided p value of "the sign of each cluster's sum is a coin's".
    public double signFlipP() {
        return atLeastAsFar;
    }

    /// Return the one-sided p value of "the first is better", by the same coins.
    public double signFlipGreaterP() {
        return equalOrBetter;
    }

    /// Return the p value of "worse by `tolerance` or more": Tango's where no item differs, 1 where no interval can be
    /// given.
    public double nonInferiorityP(double tolerance) {
        if (clusters.count() < 2) return 1;
        return allEqual() ? withoutSpreadP(tolerance) : draws.atMostP(-tolerance);
    }

    /// Return the p value of "better by `tolerance` or more": as [#nonInferiorityP].
    public double nonSuperiorityP(double tolerance) {
        if (clusters.count() < 2) return 1;
        return allEqual() ? withoutSpreadP(tolerance) : draws.atLeastP(tolerance);
    }

    private double withoutSpreadP(double tolerance) {
        return allZero() ? Tango.nonInferiority(0, 0, clusters.count(), tolerance) : 1;
    }

    private double mean(int[] drawn) {
        double sum = 0;
        long items = 0;
        for (int cluster : drawn) {
            sum += sums[cluster];
            items += sizes[cluster];
        }
        return sum / items;
    }

    private double[] leaveOneOut() {
        double sum = Arrays.stream(sums).sum();
        double[] without = new double[sums.length];
        for (int g = 0; g < sums.length; g++) without[g] = (sum - sums[g]) / (differences.length - sizes[g]);
        return without;
    }

    private double flippedSum(Rng rng) {
        double sum = 0;
        long coins = 0;
        for (int g = 0; g < sums.length; g++) {
            if (g % 64 == 0) coins = rng.nextLong();
            sum += (coins & 1) == 0 ? sums[g] : -sums[g];
            coins >>>= 1;
        }
        return sum;
    }

    private boolean allEqual() {
        return Arrays.stream(differences).allMatch(d -> d == differences[0]);
    }

    private boolean allZero() {
        return Arrays.stream(differences).allMatch(d -> d == 0);
    }

    private Optional<Interval> withoutSpread(double level) {
        if (allZero()) return Optional.of(Tango.interval(0, 0, clusters.count(), level)); // a cluster counts once
        if (!clusters.allSingletons() || !binary(differences)) return Optional.empty();
        int first = (int) Arrays.stream(differences).filter(d -> d > 0).count();
        int second = (int) Arrays.stream(differences).filter(d -> d < 0).count();
        return Optional.of(Tango.interval(first, second, differences.length, level));
    }

    static boolean binary(double[] differences) {
        return Arrays.stream(differences).allMatch(d -> d == 0 || d == 1 || d == -1);
    }
}
