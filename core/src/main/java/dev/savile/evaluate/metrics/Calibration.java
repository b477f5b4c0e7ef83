package dev.savile.evaluate.metrics;

import dev.savile.engine.Rng;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.ClusteredMean;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.Proportion;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Measure whether a system's confidence means what it says: of the answers given with 80 % confidence, are 80 %
/// right?
public final class Calibration {
    /// Number of equal bins of the calibration error.
    public static final int BINS = 10;

    private static final int DRAWS = 2_000;

    private final double[] confidence;
    private final boolean[] correct;
    private final Clusters clusters;

    private Calibration(double[] confidence, boolean[] correct, Clusters clusters) {
        this.confidence = confidence;
        this.correct = correct;
        this.clusters = clusters;
    }

    /// Take the probability that each answer was given with, and whether it is right.
    public static Calibration of(double[] confidence, boolean[] correct) {
        if (confidence.length != correct.length || confidence.length == 0)
            throw new IllegalArgumentException(
                    "confidence and correctness must cover the same items, at least one; got " + confidence.length
                            + " and " + correct.length);
        for (double value : confidence)
            if (!(value >= 0 && value <= 1))
                throw new IllegalArgumentException("a confidence must lie between 0 and 1, got " + value);
        return new Calibration(confidence.clone(), correct.clone(), Clusters.singletons(correct.length));
    }

    /// Take intervals of items that hang together.
    public Calibration over(Clusters together) {
        if (together.items() != correct.length)
            throw new IllegalArgumentException(
                    together.items() + " items in clusters for " + correct.length + " items");
        return new Calibration(confidence, correct, together);
    }

    /// One bin of the reliability plot.
    ///
    /// @param upper      upper edge, which belongs to the bin
    /// @param items      answers whose confidence falls in
    /// @param confidence their mean confidence, 0 when there are none
    /// @param accuracy   the share of them that is right, with its interval
    public record Bin(double upper, long items, double confidence, Rate accuracy) {}

    /// Return the ten bins `(0, .1], (.1, .2], ...`; confidence 0 falls in the first.
    public List<Bin> bins() {
        return Bins.of(this, all()).toList();
    }

    /// Return the expected calibration error, `sum over bins of (items / n) * |accuracy - mean confidence|`.
    public Score expectedError(String normalisation, String split, Rng rng) {
        BootstrapDraws draws =
                BootstrapDraws.of(clusters.count(), DRAWS, rng, clusters.drawn(items -> Bins.of(this, items)
                        .error()));
        double value = draws.estimate();
        // Resampling adds noise to every bin, so all draws lean upward; moving them back centres the interval on the
        // value.
        double lean = draws.quantile(0.5) - value;
        Interval raw = draws.percentile(Score.LEVEL);
        Interval interval = clusters.count() > 1
                ? new Interval(Math.max(0, raw.low() - lean), Math.clamp(raw.high() - lean, 0, 1))
                : new Interval(0, 1); // a single one tells nothing of the spread
        return new Score("ece10", normalisation, split, confidence.length, value, interval.including(value));
    }

    /// Return 1 minus the calibration error of any of the items, for comparisons that resample them.
    public BootstrapDraws.Statistic calibrationOfAny() {
        return items -> 1 - Bins.of(this, items).error();
    }

    /// Return the share of right answers among the most confident ones: what is right where the system abstains from
    /// the rest. Answers of the same confidence at the edge count in part, so that their order says nothing.
    ///
    /// @param kept share of the answers that are given, above 0 and at most 1
    public Score selectiveAccuracy(double kept, String name, String normalisation, String split, Rng rng) {
        BootstrapDraws draws =
                BootstrapDraws.of(clusters.count(), DRAWS, rng, clusters.drawn(selectiveAccuracyOfAny(kept)));
        double value = draws.estimate();
        Interval interval = draws.percentile(Score.LEVEL);
        if (clusters.count() < 2) interval = new Interval(0, 1); // a single one tells nothing of the spread
        else if (draws.collapsed()) { // all alike: as wide as that of a share of the answers given
            double given = Math.max(1, Math.ceil(kept * clusters.count()));
            interval = Proportion.wilson(value * given, (long) given, Score.LEVEL);
        }
        return new Score(name, normalisation, split, confidence.length, value, interval.including(value));
    }

    /// Return [#selectiveAccuracy] of any of the items, for comparisons that resample them.
    public BootstrapDraws.Statistic selectiveAccuracyOfAny(double kept) {
        if (!(kept > 0 && kept <= 1))
            throw new IllegalArgumentException("a share must lie above 0 and up to 1: " + kept);
        int[] surest = IntStream.range(0, confidence.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer item) -> -confidence[item]))
                .mapToInt(Integer::intValue)
                .toArray();
        return items -> {
            int[] times = new int[confidence.length];
            for (int item : items) times[item]++;
            double wanted = Math.ceil(kept * items.length - 1e-9);
            double right = 0;
            int taken = 0;
            for (int from = 0; taken < wanted; ) {
                double here = 0; // answers of one confidence
                double rightHere = 0;
                int to = from;
                for (; to < surest.length && confidence[surest[to]] == confidence[surest[from]]; to++) {
                    here += times[surest[to]];
                    if (correct[surest[to]]) rightHere += times[surest[to]];
                }
                if (here > 0) right += rightHere * Math.min(1, (wanted - taken) / here);
                taken += (int) here;
                from = to;
            }
            return right / wanted;
        };
    }

    /// Return 1 minus the mean of `(confidence - correct)^2` of any of the items.
    public BootstrapDraws.Statistic brierTopOfAny() {
        return errorOfAny(squares());
    }

    private static BootstrapDraws.Statistic errorOfAny(double[] squares) {
        return items -> {
            double sum = 0;
            for (int item : items) sum += squares[item];
            return 1 - sum / items.length;
        };
    }

    /// Return the mean of `(confidence - correct)^2`, over the given answers alone.
    public Score brierTop(String normalisation, String split) {
        return mean("brier_top", normalisation, split, squares(), clusters, 1);
    }

    private double[] squares() {
        double[] squares = new double[confidence.length];
        for (int i = 0; i < squares.length; i++) {
            double gap = confidence[i] - (correct[i] ? 1 : 0);
            squares[i] = gap * gap;
        }
        return squares;
    }

    /// Return the mean over items of the squared distance between the label probabilities and the truth.
    ///
    /// @param probabilities one list per item, of one probability per label
    /// @param gold          place of each item's gold label
    public static Score brier(String normalisation, String split, List<double[]> probabilities, int[] gold) {
        return brier(normalisation, split, probabilities, gold, Clusters.singletons(gold.length));
    }

    /// @param gold     place of each item's gold label; -1 for one that was not among those to choose from
    /// @param clusters which items hang together
    public static Score brier(
            String normalisation, String split, List<double[]> probabilities, int[] gold, Clusters clusters) {
        return mean("brier", normalisation, split, squares(probabilities, gold), clusters, 2);
    }

    /// Return 1 minus the mean of [#brier] of any of the items, for comparisons that resample them.
    public static BootstrapDraws.Statistic brierOfAny(List<double[]> probabilities, int[] gold) {
        return errorOfAny(squares(probabilities, gold));
    }

    private static double[] squares(List<double[]> probabilities, int[] gold) {
        if (probabilities.size() != gold.length || gold.length == 0)
            throw new IllegalArgumentException(
                    probabilities.size() + " rows of probabilities for " + gold.length + " gold labels");
        double[] squares = new double[gold.length];
        for (int i = 0; i < gold.length; i++) {
            double[] row = probabilities.get(i);
            for (int label = 0; label < row.length; label++) {
                double gap = row[label] - (label == gold[i] ? 1 : 0);
                squares[i] += gap * gap;
            }
            if (gold[i] < 0) squares[i]++; // the right label got nothing
        }
        return squares;
    }

    private static Score mean(
            String metric, String normalisation, String split, double[] values, Clusters clusters, double largest) {
        double value = ClusteredMean.mean(values);
        Interval interval = ClusteredMean.interval(values, clusters, Score.LEVEL)
                .orElse(new Interval(0, largest)); // a single one tells nothing of the spread
        Interval possible =
                new Interval(Math.clamp(interval.low(), 0, largest), Math.clamp(interval.high(), 0, largest));
        return new Score(metric, normalisation, split, values.length, value, possible.including(value));
    }

    private int[] all() {
        int[] items = new int[confidence.length];
        for (int i = 0; i < items.length; i++) items[i] = i;
        return items;
    }

    /// Hold the sums of each bin over some of the items.
    private static final class Bins {
        private final long[] items = new long[BINS];
        private final long[] right = new long[BINS];
        private final double[] confidence = new double[BINS];
        private long total;

        static Bins of(Calibration data, int[] drawn) {
            Bins bins = new Bins();
            for (int item : drawn) bins.add(data.confidence[item], data.correct[item]);
            return bins;
        }

        private void add(double value, boolean correct) {
            int bin = 0;
            while (value > (bin + 1.0) / BINS) bin++;
            items[bin]++;
            confidence[bin] += value;
            if (correct) right[bin]++;
            total++;
        }

        double error() {
            double sum = 0;
            for (int bin = 0; bin < BINS; bin++) sum += Math.abs(right[bin] - confidence[bin]);
            return sum / total;
        }

        List<Bin> toList() {
            return IntStream.range(0, BINS)
                    .mapToObj(bin -> new Bin(
                            (bin + 1.0) / BINS,
                            items[bin],
                            items[bin] == 0 ? 0 : confidence[bin] / items[bin],
                            Rate.of(right[bin], items[bin])))
                    .toList();
        }
    }
}
