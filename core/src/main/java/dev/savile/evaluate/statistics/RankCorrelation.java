package dev.savile.evaluate.statistics;

import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// Measure whether two quantities rise together, whatever their scale.
///
/// *Paper*: Spearman, "The proof and measurement of association between two things", 1904.
public final class RankCorrelation {
    private RankCorrelation() {}

    /// Return the correlation of the ranks, equal values sharing the mean of theirs; empty when all values of one
    /// quantity are equal.
    public static OptionalDouble spearman(double[] first, double[] second) {
        if (first.length != second.length)
            throw new IllegalArgumentException(first.length + " values beside " + second.length);
        double[] a = ranks(first);
        double[] b = ranks(second);
        double mean = (first.length + 1) / 2.0;
        double products = 0;
        double left = 0;
        double right = 0;
        for (int i = 0; i < a.length; i++) {
            products += (a[i] - mean) * (b[i] - mean);
            left += (a[i] - mean) * (a[i] - mean);
            right += (b[i] - mean) * (b[i] - mean);
        }
        return left > 0 && right > 0
                ? OptionalDouble.of(Math.clamp(products / Math.sqrt(left * right), -1, 1))
                : OptionalDouble.empty();
    }

    private static double[] ranks(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(i -> i)
                .toArray();
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from;
            while (to < order.length && values[order[to]] == values[order[from]]) to++;
            for (int k = from; k < to; k++) ranks[order[k]] = (from + 1 + to) / 2.0;
            from = to;
        }
        return ranks;
    }
}
