package dev.savile.cli;

import dev.savile.common.Progress;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Show progress on standard error: on a terminal one line that changes in place, elsewhere a plain line now and
/// then.
///
/// Tasks may nest; the outer ones shrink to their share done. Warnings are counted and repeated by [#finish()].
final class TerminalProgress implements Progress {
    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long FIRST_LINE_NANOS = 2_000_000_000L;
    private static final long NEXT_LINE_NANOS = 5_000_000_000L;
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream err;
    private final boolean terminal;
    private final boolean quiet;
    private final int columns;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<ProgressBar> active = new ArrayList<>();
    private final Map<String, Integer> warnings = new LinkedHashMap<>();
    private long nextDraw;
    private boolean drawn;
    private boolean ticking;

    /// @param terminal whether `err` is a terminal
    /// @param columns  width of the terminal in characters
    /// @param nanos    a clock that only goes forward, in nanoseconds
    TerminalProgress(PrintStream err, boolean terminal, boolean quiet, int columns, LongSupplier nanos) {
        this.err = err;
        this.terminal = terminal;
        this.quiet = quiet;
        this.columns = columns;
        this.nanos = nanos;
    }

    @Override
    public Task start(String name, long total, String unit) {
        lock.lock();
        try {
            var bar = new ProgressBar(name, total, unit, nanos.getAsLong());
            if (active.isEmpty()) nextDraw = nanos.getAsLong() + (terminal ? 0 : FIRST_LINE_NANOS);
            active.add(bar);
            tick();
            return new Handle(bar);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void say(String line) {
        lock.lock();
        try {
            if (!quiet) print(line);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void warn(String line) {
        lock.lock();
        try {
            int times = warnings.merge(line, 1, Integer::sum);
            if (times == 1 && !quiet) print("warning: " + line);
        } finally {
            lock.unlock();
        }
    }

    /// Draw again if it is time: work that reports nothing for long still shows that it goes on.
    void tick() {
        lock.lock();
        try {
            long now = nanos.getAsLong();
            if (quiet || active.isEmpty() || now < nextDraw) return;
            nextDraw = now + (terminal ? REDRAW_NANOS : NEXT_LINE_NANOS);
            if (terminal) {
                err.print(CLEAR + cut(line(now)));
                err.flush();
                drawn = true;
            } else {
                err.println(line(now));
            }
            active.forEach(ProgressBar::shown);
        } finally {
            lock.unlock();
        }
    }

    /// Draw four times a second from now on.
    TerminalProgress ticking() {
        lock.lock();
        try {
            if (!ticking && !quiet)
                Thread.ofVirtual().name("progress").start(() -> {
                    while (true) {
                        tick();
                        try {
                            Thread.sleep(250);
                        } catch (InterruptedException e) {
                            return;
                        }
                    }
                });
            ticking = true;
            return this;
        } finally {
            lock.unlock();
        }
    }

    /// End the line that is drawn and repeat the warnings.
    void finish() {
        lock.lock();
        try {
            active.clear();
            clear();
            if (warnings.isEmpty()) return;
            int count = warnings.values().stream().mapToInt(Integer::intValue).sum();
            err.println(count == 1 ? "1 warning:" : count + " warnings:");
            warnings.forEach((line, times) -> err.println("  " + line + (times > 1 ? " (" + times + " times)" : "")));
            warnings.clear();
        } finally {
            lock.unlock();
        }
    }

    private String line(long now) {
        StringBuilder line = new StringBuilder();
        for (ProgressBar outer : active.subList(0, active.size() - 1))
            line.append(outer.brief()).append(" > ");
        return line.append(active.getLast().full(now, terminal)).toString();
    }

    private String cut(String line) {
        return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 1));
    }

    private void print(String line) {
        clear();
        err.println(line);
        nextDraw = Math.min(nextDraw, nanos.getAsLong() + REDRAW_NANOS * (terminal ? 0 : 50));
    }

    private void clear() {
        if (drawn) err.print(CLEAR);
        err.flush();
        drawn = false;
    }

    private final class Handle implements Task {
        private final ProgressBar bar;

        Handle(ProgressBar bar) {
            this.bar = bar;
        }

        @Override
        public void advance(long units) {
            lock.lock();
            try {
                bar.advance(units);
                tick();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void resume(long units) {
            lock.lock();
            try {
                bar.resume(units);
                tick();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void note(String state) {
            lock.lock();
            try {
                bar.note(state);
                tick();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!active.remove(bar)) return;
                long now = nanos.getAsLong();
                if (!quiet && bar.wasShown() && bar.nanos(now) >= FIRST_LINE_NANOS) print(bar.summary(now));
                else clear();
            } finally {
                lock.unlock();
            }
        }
    }
}
