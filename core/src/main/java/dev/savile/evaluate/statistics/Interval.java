package dev.savile.evaluate.statistics;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hold both ends of an interval.
///
/// @param low  lower end
/// @param high upper end, not below the lower
public record Interval(double low, double high) {
    /// All numbers: what is said where nothing is known of the spread.
    public static final Interval UNBOUNDED = new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

    public Interval {
        if (!(low <= high)) // NaN fails too
        throw new IllegalArgumentException("an interval needs low <= high, got " + low + " and " + high);
    }

    /// Leave intervals without ends out of JSON, which has no word for infinity: Jackson leaves out what is equal to
    /// its filter.
    public static final class Unbounded {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Interval interval && !interval.bounded();
        }

        @Override
        public int hashCode() {
            return UNBOUNDED.hashCode();
        }
    }

    /// Whether it has two ends.
    public boolean bounded() {
        return Double.isFinite(low) && Double.isFinite(high);
    }

    /// Return a figure with this interval around it, as results have it: `value`, `low`, `high`, the last two where
    /// there are ends.
    public Map<String, Object> fields(double value) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("value", value);
        if (bounded()) {
            fields.put("low", low);
            fields.put("high", high);
        }
        return fields;
    }

    public boolean contains(double value) {
        return low <= value && value <= high;
    }

    public double width() {
        return high - low;
    }

    /// Return the smallest interval that holds this one and a value.
    public Interval including(double value) {
        return new Interval(Math.min(low, value), Math.max(high, value));
    }
}
