package dev.savile.runs;

/// Draw a row of numbers as a row of small bars.
public final class Sparkline {
    private static final String BARS = "▁▂▃▄▅▆▇█";

    private Sparkline() {}

    /// Draw `values` in at most `width` characters, lowest to highest; more values than that are averaged, a
    /// stretch without any finite number is left blank.
    ///
    /// @param width at least 1
    public static String of(double[] values, int width) {
        if (width < 1) throw new IllegalArgumentException("width must be at least 1, got " + width);
        double[] bars = averaged(values, Math.min(width, values.length));
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double bar : bars) {
            if (Double.isNaN(bar)) continue;
            low = Math.min(low, bar);
            high = Math.max(high, bar);
        }
        StringBuilder line = new StringBuilder(bars.length);
        for (double bar : bars) line.append(Double.isNaN(bar) ? ' ' : bar(bar, low, high));
        return line.toString();
    }

    private static double[] averaged(double[] values, int width) {
        double[] averages = new double[width];
        for (int i = 0; i < width; i++) {
            int from = (int) ((long) i * values.length / width);
            int to = (int) ((i + 1L) * values.length / width);
            double sum = 0;
            int count = 0;
            for (int k = from; k < to; k++) {
                if (!Double.isFinite(values[k])) continue;
                sum += values[k];
                count++;
            }
            averages[i] = count == 0 ? Double.NaN : sum / count;
        }
        return averages;
    }

    private static char bar(double value, double low, double high) {
        if (!(high > low)) return BARS.charAt(BARS.length() / 2 - 1);
        return BARS.charAt((int) Math.round((value - low) / (high - low) * (BARS.length() - 1)));
    }
}
