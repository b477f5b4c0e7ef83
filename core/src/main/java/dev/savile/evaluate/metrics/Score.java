package dev.savile.evaluate.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.savile.evaluate.statistics.Interval;
import java.util.Locale;

/// Hold one measured value with all that is needed to read it.
///
/// @param metric        for example `accuracy`
/// @param normalisation how outputs were made comparable, for example `raw,label`
/// @param split         on which rows: `select`, `test`, or the file's name
/// @param n             number of items
/// @param value         the score
/// @param interval      its 95 % interval; holds the value; unbounded, and absent from JSON, where none can be given
/// @param scale         how it is written
public record Score(
        String metric,
        String normalisation,
        String split,
        long n,
        double value,

        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Interval.Unbounded.class)
        Interval interval,

        Scale scale) {
    /// Level of every printed interval.
    public static final double LEVEL = 0.95;

    /// How the values of a metric are written.
    public enum Scale {
        /// Shares, and rates and coefficients that are read like them: in per cent. Errors a word may pass 100.
        PER_CENT,
        /// Amounts with a unit of their own, such as nats, bits and perplexities: as they are.
        PLAIN
    }

    public Score {
        if (metric.isBlank() || normalisation.isBlank() || split.isBlank())
            throw new IllegalArgumentException("a score needs metric, normalisation and split, got '" + metric + "', '"
                    + normalisation + "', '" + split + "'");
        if (n < 1) throw new IllegalArgumentException("a score needs at least one item, got " + n);
        if (!(interval.low() <= value && value <= interval.high())) // NaN fails too
        throw new IllegalArgumentException(metric + " " + value + " lies outside its interval " + interval);
    }

    /// A score in per cent.
    public Score(String metric, String normalisation, String split, long n, double value, Interval interval) {
        this(metric, normalisation, split, n, value, interval, Scale.PER_CENT);
    }

    /// The same score under the name of another way to make outputs comparable.
    public Score withNormalisation(String other) {
        return new Score(metric, other, split, n, value, interval, scale);
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

    /// Print it on its scale with its interval: `91.2 (89.7..92.5)` in per cent, `1.204 (1.180..1.228)` as it is, and
    /// `1.204 (-)` where no interval can be given.
    public String shown() {
        String range = interval.bounded() ? shown(interval.low()) + ".." + shown(interval.high()) : "-";
        return shown(value) + " (" + range + ")";
    }

    private String shown(double number) {
        return switch (scale) {
            case PER_CENT -> String.format(Locale.ROOT, "%.1f", 100 * number);
            case PLAIN -> String.format(Locale.ROOT, "%.3f", number);
        };
    }
}
