package dev.savile.common;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Print and read sizes and durations the way people write them.
public final class Units {
    private static final Pattern DURATION = Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?");

    private Units() {}

    /// Format a number of bytes: `935 B`, `9.8 MB`, `5.1 GB` (powers of 1,000).
    public static String bytes(long count) {
        if (count < 1000) return count + " B";
        double value = count;
        String unit = "B";
        for (String next : new String[] {"kB", "MB", "GB", "TB"}) {
            if (value < 999.5) break;
            value /= 1000;
            unit = next;
        }
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f %s" : "%.0f %s", value, unit);
    }

    /// Format seconds: `0.8 s`, `42 s`, `3 min 05 s`, `1 h 12 min`.
    public static String seconds(double seconds) {
        if (seconds < 9.95) return String.format(Locale.ROOT, "%.1f s", seconds);
        long whole = Math.round(seconds);
        if (whole < 60) return whole + " s";
        if (whole < 3600) return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
        return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    /// Read a duration: `90s`, `15m`, `1h30m`, or a bare number of seconds.
    ///
    /// @throws UserError `unit.duration`
    public static Duration duration(String text) {
        String given = text.strip();
        try {
            if (given.matches("\\d+")) return Duration.ofSeconds(Long.parseLong(given));
            Matcher matcher = DURATION.matcher(given);
            if (!given.isEmpty() && matcher.matches())
                return Duration.ofSeconds(part(matcher, 1) * 3600 + part(matcher, 2) * 60 + part(matcher, 3));
        } catch (NumberFormatException e) {
            // too many digits: refused below like any other text
        }
        throw new UserError(
                "unit.duration",
                "'" + text + "' is not a duration",
                "a time limit is needed in hours, minutes or seconds",
                "write it like 90s, 15m or 1h30m");
    }

    private static long part(Matcher matcher, int group) {
        String digits = matcher.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
