package dev.savile.runs;

import java.time.Instant;
import java.util.Optional;

/// Recognise a process later on: its number alone may have been given to another.
///
/// @param pid          number of the process
/// @param startedMillis when it started, milliseconds since 1970; 0 if the system does not tell
record ProcessMark(long pid, long startedMillis) {
    /// The system derives start times from its own clock, which may be set in between.
    private static final long CLOCK_SLACK_MILLIS = 2_000;

    static ProcessMark current() {
        ProcessHandle self = ProcessHandle.current();
        return new ProcessMark(self.pid(), startMillis(self));
    }

    /// Tell whether this very process still runs.
    boolean alive() {
        Optional<ProcessHandle> found = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        if (found.isEmpty()) return false;
        long started = startMillis(found.get());
        boolean unknown = started == 0 || startedMillis == 0;
        return unknown || Math.abs(started - startedMillis) <= CLOCK_SLACK_MILLIS;
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
