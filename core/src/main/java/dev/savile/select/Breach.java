package dev.savile.select;

import java.util.Locale;

/// Name a hard limit or guardrail that an arm breaks.
///
/// @param limit   what is limited, with its unit, as the user would say it ("request time p95 in ms")
/// @param found   measured value
/// @param allowed largest value allowed; at least 0
public record Breach(String limit, double found, double allowed) {
    public Breach {
        if (!(allowed >= 0 && found > allowed)) // NaN fails too
        throw new IllegalArgumentException(limit + " is not broken: found " + found + ", allowed up to " + allowed);
    }

    /// Return how far beyond the limit it is, as a share of the limit.
    public double excess() {
        return allowed == 0 ? Double.POSITIVE_INFINITY : found / allowed - 1;
    }

    /// Put it in words: "request time p95 in ms 412, allowed 300".
    public String words() {
        return limit + " " + number(found) + ", allowed " + number(allowed);
    }

    private static String number(double value) {
        if (value == Math.rint(value) && value < 1e15) return String.format(Locale.ROOT, "%.0f", value);
        return String.format(Locale.ROOT, "%.3g", value);
    }
}
