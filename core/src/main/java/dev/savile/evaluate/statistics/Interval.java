package dev.savile.evaluate.statistics;

/// Hold both ends of an interval.
///
/// @param low  lower end
/// @param high upper end, not below the lower
public record Interval(double low, double high) {
    public Interval {
        if (!(low <= high)) // NaN fails too
        throw new IllegalArgumentException("an interval needs low <= high, got " + low + " and " + high);
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
