package dev.savile.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/// A clock that stands still, and ends the program when it is looked at while a log has so many lines: a training looks
/// at it at each step, so that it dies at the same step in every run.
final class InterruptingClock extends Clock {
    private final Instant now;
    private final Path log;
    private final int lines;
    private boolean died;

    InterruptingClock(Instant now, Path log, int lines) {
        this.now = now;
        this.log = log;
        this.lines = lines;
    }

    @Override
    public Instant instant() {
        try {
            if (!died && Files.exists(log) && Files.readAllLines(log).size() == lines) {
                died = true;
                throw new IllegalStateException("the program ends here");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
