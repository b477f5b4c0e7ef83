package dev.savile.evaluate.statistics;

import java.util.Locale;

/// Write p values for people.
public final class PValue {
    private PValue() {}

    /// Return "p = 0.023", or "p < 0.0001" where more digits would say nothing.
    public static String words(double p) {
        if (p < 0.0001) return "p < 0.0001";
        return String.format(Locale.ROOT, p < 0.01 ? "p = %.4f" : "p = %.3f", p);
    }
}
