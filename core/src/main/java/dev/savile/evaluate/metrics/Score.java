package dev.savile.evaluate.metrics;

import dev.savile.evaluate.statistics.Interval;
import java.util.Locale;

/// Hold one measured value with all that is needed to read it.
///
/// @param metric        for example `accuracy`
/// @param normalisation how outputs were made comparable, for example `raw,label`
/// @param split         on which rows: `select`, `test`, or the file's name
/// @param n             number of items
/// @param value         the score
/// @param interval      its 95 % interval; holds the value
public record Score(String metric, String normalisation, String split, long n, double value, Interval interval) {
    /// Level of every printed interval.
    public static final double LEVEL = 0.95;

    public Score {
        if (metric.isBlank() || normalisation.isBlank() || split.isBlank())
            throw new IllegalArgumentException("a score needs metric, normalisation and split, got '" + metric + "', '"
                    + normalisation + "', '" + split + "'");
        if (n < 1) throw new IllegalArgumentException("a score needs at least one item, got " + n);
        if (!(interval.low() <= value && value <= interval.high())) // NaN fails too
        throw new IllegalArgumentException(metric + " " + value + " lies outside its interval " + interval);
    }

    /// Return the name under which it is printed: `accuracy(raw,label)`.
    public String name() {
        return metric + "(" + normalisation + ")";
    }

    /// Print a share in per cent with its interval and n: `91.2 (89.7..92.5, n=1500)`.
    public String percent() {
        return String.format(
                Locale.ROOT, "%.1f (%.1f..%.1f, n=%d)", 100 * value, 100 * interval.low(), 100 * interval.high(), n);
    }
}
