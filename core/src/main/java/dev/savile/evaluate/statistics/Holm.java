package dev.savile.evaluate.statistics;

import java.util.Comparator;
import java.util.stream.IntStream;

/// Adjust the p values of several tests, so that the chance of even one false alarm stays at the level.
///
///     adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j)),  p_(1) <= ... <= p_(m)
///
/// *Paper*: Holm, "A simple sequentially rejective multiple test procedure", 1979.
public final class Holm {
    private Holm() {}

    /// Return the adjusted values in the order given.
    public static double[] adjust(double[] p) {
        for (double value : p)
            if (!(value >= 0 && value <= 1))
                throw new IllegalArgumentException("a p value must lie between 0 and 1, got " + value);
        int[] order = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> p[i]))
                .mapToInt(i -> i)
                .toArray();
        double[] adjusted = new double[p.length];
        double largest = 0;
        for (int rank = 0; rank < order.length; rank++) {
            largest = Math.max(largest, Math.min(1, (p.length - rank) * p[order[rank]]));
            adjusted[order[rank]] = largest;
        }
        return adjusted;
    }
}
