package dev.savile.runs;

import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Gather events and hand them to the database in batches, twice a second.
///
/// A failed batch is kept. That the database is busy is no reason to stop a training, so the next round tries
/// again; any other failure is thrown at the next event, and at the end of the run.
final class EventBuffer implements AutoCloseable {
    private static final long PERIOD_MILLIS = 500;
    private static final int FULL = 1_000;

    private final RunDatabase database;
    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock gathering = new ReentrantLock();
    private final ScheduledExecutorService clock;
    private List<StoredEvent> pending = new ArrayList<>();
    private volatile @Nullable RuntimeException failure;

    EventBuffer(RunDatabase database) {
        this.database = database;
        this.clock = Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().name("savile-run-events").daemon().unstarted(task));
        // The handle is not needed: `close` ends the executor.
        var _ = clock.scheduleWithFixedDelay(this::round, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// One event on its way to the database.
    record StoredEvent(String run, long sequence, long timeMillis, String kind, String values) {}

    void add(StoredEvent event) {
        RuntimeException failed = failure;
        if (failed != null) throw failed;
        boolean full;
        gathering.lock();
        try {
            pending.add(event);
            full = pending.size() % FULL == 0;
        } finally {
            gathering.unlock();
        }
        if (full) round();
    }

    /// Write what has been gathered.
    void flush() {
        writing.lock();
        try {
            List<StoredEvent> batch = take();
            if (batch.isEmpty()) return;
            try {
                database.addEvents(batch);
                failure = null;
            } catch (RuntimeException e) {
                putBack(batch);
                throw e;
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        flush();
    }

    private void round() {
        try {
            flush();
        } catch (RuntimeException e) {
            if (!busy(e)) failure = e;
        }
    }

    private static boolean busy(RuntimeException e) {
        return e instanceof UserError error && error.code().equals(RunDatabase.BUSY);
    }

    private List<StoredEvent> take() {
        gathering.lock();
        try {
            List<StoredEvent> batch = pending;
            pending = new ArrayList<>();
            return batch;
        } finally {
            gathering.unlock();
        }
    }

    private void putBack(List<StoredEvent> batch) {
        gathering.lock();
        try {
            batch.addAll(pending);
            pending = batch;
        } finally {
            gathering.unlock();
        }
    }
}
