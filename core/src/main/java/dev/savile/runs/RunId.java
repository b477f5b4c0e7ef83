package dev.savile.runs;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Make run ids, which sort as their runs started.
///
/// The last part counts 65,536ths of the second, so two runs get the same id only if they start within 15
/// microseconds; the later one then takes the next free id.
final class RunId {
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final long PARTS = 1 << 16;

    private RunId() {}

    @SuppressWarnings("JavaInstantGetSecondsGetNano") // the second itself is written out before
    static String of(Instant start) {
        long part = start.getNano() * PARTS / 1_000_000_000L;
        return SECOND.format(start) + String.format(Locale.ROOT, "-%04x", part);
    }

    /// Return the moment of the id after that of `start`.
    static Instant next(Instant start) {
        return start.plusNanos(1_000_000_000L / PARTS + 1);
    }
}
