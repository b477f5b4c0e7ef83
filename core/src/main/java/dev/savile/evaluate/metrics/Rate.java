package dev.savile.evaluate.metrics;

import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.Proportion;

/// Hold a share of counted items with its interval; of no items the share is 0 and the interval says that nothing
/// is known.
///
/// @param value    0 to 1
/// @param n        how many items it was counted over; may be 0
/// @param interval 95 % interval
public record Rate(double value, long n, Interval interval) {
    public Rate {
        if (n < 0) throw new IllegalArgumentException("n must not be negative, got " + n);
        if (!interval.contains(value))
            throw new IllegalArgumentException("rate " + value + " lies outside its interval " + interval);
    }

    /// Count `successes` of `n` items, with Wilson's interval.
    public static Rate of(long successes, long n) {
        if (n == 0) return new Rate(0, 0, new Interval(0, 1));
        double value = (double) successes / n;
        return new Rate(
                value, n, Proportion.wilson((double) successes, n, Score.LEVEL).including(value));
    }
}
