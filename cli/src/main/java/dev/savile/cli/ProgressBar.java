package dev.savile.cli;

import dev.savile.common.Units;
import java.util.Locale;

/// Hold how far one task is, and write it down.
final class ProgressBar {
    private static final int WIDTH = 20;
    private static final double LEAST_SECONDS = 0.5; // a rate over less than this says nothing

    private final String name;
    private final long total;
    private final String unit;
    private final long started;
    private long done;
    private long before;
    private String note = "";
    private boolean shown;

    /// @param total   units in all; 0 when that is not known
    /// @param started when it began, in nanoseconds
    ProgressBar(String name, long total, String unit, long started) {
        this.name = name;
        this.total = total;
        this.unit = unit;
        this.started = started;
    }

    void advance(long units) {
        done += units;
    }

    /// Count units that an earlier process did.
    void resume(long units) {
        done += units;
        before += units;
    }

    void note(String state) {
        note = state;
    }

    void shown() {
        shown = true;
    }

    boolean wasShown() {
        return shown;
    }

    long nanos(long now) {
        return now - started;
    }

    /// Write `select 40%`.
    String brief() {
        return total > 0 ? name + " " + percent() + "%" : name;
    }

    /// Write name, share, count, rate, time left and note.
    ///
    /// @param bar whether to draw the bar too
    String full(long now, boolean bar) {
        double seconds = nanos(now) / 1e9;
        StringBuilder line = new StringBuilder(name);
        if (total > 0 && bar) line.append(' ').append(drawing());
        if (total > 0) line.append(String.format(Locale.ROOT, " %d%%, %,d/%,d %s", percent(), done, total, unit));
        else if (done > 0) line.append(String.format(Locale.ROOT, " %,d %s", done, unit));
        long own = done - before;
        if (own > 0 && seconds >= LEAST_SECONDS) {
            line.append(", ").append(rate(own / seconds));
            if (total > done)
                line.append(", ")
                        .append(Units.seconds(seconds / own * (total - done)))
                        .append(" left");
        } else if (seconds >= LEAST_SECONDS) {
            line.append(", ").append(Units.seconds(seconds));
        }
        if (!note.isEmpty()) line.append(", ").append(note);
        return line.toString();
    }

    /// Write what was done in which time.
    String summary(long now) {
        double seconds = nanos(now) / 1e9;
        long own = done - before;
        String count = own > 0 ? String.format(Locale.ROOT, "%,d %s in ", own, unit) : "";
        String speed = own > 0 && seconds > 0 ? ", " + rate(own / seconds) : "";
        return name + ": " + count + Units.seconds(seconds) + speed + (note.isEmpty() ? "" : ", " + note);
    }

    private int percent() {
        return (int) Math.min(100, done * 100 / total);
    }

    private String drawing() {
        int full = (int) Math.min(WIDTH, done * WIDTH / total);
        return "█".repeat(full) + "░".repeat(WIDTH - full);
    }

    private String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 10 ? "%.1f %s/s" : "%,.0f %s/s", perSecond, unit);
    }
}
