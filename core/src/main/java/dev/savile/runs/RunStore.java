package dev.savile.runs;

import dev.savile.common.Json;
import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Keep the record of all runs. Several processes may use the same store at once.
///
/// Closing it writes the events that are still in memory; runs that have not ended stay open and show as
/// interrupted once the process is gone.
public final class RunStore implements AutoCloseable {
    /// Name of the database in the user's Savile folder.
    public static final String FILE = "runs.db";

    private final RunDatabase database;
    private final Clock clock;
    private final ReentrantLock starting = new ReentrantLock();
    private @Nullable EventBuffer buffer; // made with the first run, so that listing starts no thread

    private RunStore(RunDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /// Open the store in a folder; both are made if they are not there.
    ///
    /// @param home the user's Savile folder
    /// @throws UserError `disk.write` or `disk.full` when it cannot be written, `runs.corrupt` when the database
    ///         is damaged, `runs.newer` when a later version wrote it, `runs.busy` when another process does not
    ///         let go of it
    public static RunStore open(Path home, Clock clock) {
        return new RunStore(RunDatabase.open(home.resolve(FILE)), clock);
    }

    /// Begin a run.
    ///
    /// @param kind   the verb that starts it
    /// @param name   the user's name for it, or what it works on
    /// @param config its resolved configuration, which becomes JSON
    public Run start(String kind, String name, Object config) {
        String json = Json.line(config);
        ProcessMark process = ProcessMark.current();
        starting.lock();
        try {
            if (buffer == null) buffer = new EventBuffer(database);
            Instant start = clock.instant();
            Instant moment = start;
            while (!database.insert(RunId.of(moment), kind, name, start.toEpochMilli(), json, process))
                moment = RunId.next(moment);
            return new Run(RunId.of(moment), this);
        } finally {
            starting.unlock();
        }
    }

    /// Return the newest runs, newest first.
    public List<RunRecord> list(int limit) {
        return database.newest(limit).stream().map(RunStore::current).toList();
    }

    /// Return the run with an id, or with an id that begins so.
    ///
    /// @throws UserError `runs.unknown` or `runs.ambiguous`
    public RunRecord find(String idOrPrefix) {
        return current(row(idOrPrefix));
    }

    /// Return what happened during a run, in order.
    ///
    /// @throws UserError `runs.unknown` or `runs.ambiguous`
    public List<RunEvent> events(String idOrPrefix) {
        flush();
        return database.events(row(idOrPrefix).run().id());
    }

    /// Return one number of all events of a kind, in order: the loss of every step, for example.
    ///
    /// @param key events without a number under it are left out
    public double[] series(String idOrPrefix, String kind, String key) {
        return events(idOrPrefix).stream()
                .filter(event -> event.kind().equals(kind))
                .map(event -> event.values().path(key))
                .filter(JsonNode::isNumber)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    /// Forget a run and its events. What it made stays where it is.
    ///
    /// @throws UserError `runs.unknown`, `runs.ambiguous`, or `runs.running` while its process lives
    public void remove(String idOrPrefix) {
        RunRecord run = find(idOrPrefix);
        if (run.state() == RunState.RUNNING)
            throw new UserError(
                    "runs.running",
                    "run " + run.id() + " (" + run.kind() + " " + run.name() + ") is still running",
                    "its record is being written",
                    "stop it first, or wait until it is done");
        database.delete(run.id());
    }

    @Override
    public void close() {
        starting.lock();
        try (database) {
            EventBuffer open = buffer;
            buffer = null;
            if (open != null) open.close();
        } finally {
            starting.unlock();
        }
    }

    void record(String id, long sequence, String kind, String values) {
        open().add(new EventBuffer.StoredEvent(id, sequence, clock.millis(), kind, values));
    }

    void finished(String id, String result) {
        open().flush();
        database.end(id, RunState.FINISHED, clock.millis(), result, null);
    }

    void failed(String id, String error) {
        open().flush();
        database.end(id, RunState.FAILED, clock.millis(), null, error);
    }

    void interrupted(String id) {
        open().flush();
        database.end(id, RunState.INTERRUPTED, clock.millis(), null, null);
    }

    private void flush() {
        starting.lock();
        try {
            if (buffer != null) buffer.flush();
        } finally {
            starting.unlock();
        }
    }

    private EventBuffer open() {
        starting.lock();
        try {
            if (buffer == null) throw new IllegalStateException("the run store is closed");
            return buffer;
        } finally {
            starting.unlock();
        }
    }

    private RunDatabase.Row row(String idOrPrefix) {
        List<RunDatabase.Row> found = idOrPrefix.isBlank() ? List.of() : database.startingWith(idOrPrefix);
        for (RunDatabase.Row row : found) if (row.run().id().equals(idOrPrefix)) return row;
        if (found.size() == 1) return found.getFirst();
        if (found.isEmpty()) throw unknown(idOrPrefix);
        List<String> ids = found.stream().map(row -> row.run().id()).toList();
        throw new UserError(
                "runs.ambiguous",
                "'" + idOrPrefix + "' begins the ids of " + ids.size() + " runs, for example " + ids.get(0) + " and "
                        + ids.get(1),
                "one run must be meant",
                "give more of the id");
    }

    private UserError unknown(String given) {
        List<String> known =
                database.newest(200).stream().map(row -> row.run().id()).toList();
        return UserError.notFound(
                "runs.unknown",
                "there is no run '" + given + "'",
                "a run is named by its id or the beginning of it",
                Nearest.to(given, known)
                        .map(near -> "did you mean " + near + "?")
                        .orElse("list the runs with `savile runs`"));
    }

    /// A run that seems to go on while its process is gone was interrupted.
    private static RunRecord current(RunDatabase.Row row) {
        RunRecord run = row.run();
        if (run.state() != RunState.RUNNING || row.process().alive()) return run;
        return new RunRecord(
                run.id(),
                run.kind(),
                run.name(),
                RunState.INTERRUPTED,
                run.started(),
                run.finished(),
                run.config(),
                run.result(),
                run.error());
    }
}
