package dev.savile.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/// A clock that stands still, and presses Ctrl-C when it is looked at while a log has so many lines: a training looks
/// at it at each step, so that it is interrupted at the same step in every run.
final class InterruptingClock extends Clock {
    private final Instant now;
    private final Path log;
    private final int lines;
    private final ByteArrayOutputStream err;
    private boolean pressed;

    /// @param err where the command says that it is stopping
    InterruptingClock(Instant now, Path log, int lines, ByteArrayOutputStream err) {
        this.now = now;
        this.log = log;
        this.lines = lines;
        this.err = err;
    }

    @Override
    public Instant instant() {
        try {
            if (!pressed && Files.exists(log) && Files.readAllLines(log).size() == lines) {
                pressed = true;
                press();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return now;
    }

    /// Raise the signal and wait until the command has heard it, which another thread tells it.
    private void press() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal"); // to be named by its string alone, see Interrupts
            Object interrupt = signal.getConstructor(String.class).newInstance("INT");
            signal.getMethod("raise", signal).invoke(null, interrupt);
            while (!err.toString(StandardCharsets.UTF_8).contains("stopping at the next safe point"))
                Thread.onSpinWait();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
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
