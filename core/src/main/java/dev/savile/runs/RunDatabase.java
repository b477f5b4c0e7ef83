package dev.savile.runs;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import tools.jackson.databind.JsonNode;

/// Speak SQL to `runs.db`: one connection, one statement at a time, every failure put into words.
///
/// The write-ahead log lets other processes read while one writes. A commit is in the operating system's hands at
/// once, so only a power cut, not a killed process, can lose one; neither can damage the database.
final class RunDatabase implements AutoCloseable {
    static final String BUSY = "runs.busy";

    private static final int SCHEMA_VERSION = 1;
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;
    private static final int PRIMARY_CODE = 0xff; // SQLite's extended codes keep the primary one in the low byte
    private static final String COLUMNS =
            "id, kind, name, state, started, finished, config_json, result_json, error_json, pid, process_started";

    private final Path file;
    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();

    private RunDatabase(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    /// Open the database, and make it if it is not there.
    static RunDatabase open(Path file) {
        makeFolder(file);
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.enforceForeignKeys(true);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        try {
            Connection connection = source.getConnection();
            try {
                RunDatabase database = new RunDatabase(file, connection);
                database.prepare();
                return database;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw failure(file, e);
        }
    }

    /// A piece of work on the connection.
    private interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /// A run's row, with the process it belongs to.
    record Row(RunRecord run, ProcessMark process) {}

    /// Insert a run that begins; return false when the id is taken.
    boolean insert(String id, String kind, String name, long startedMillis, String config, ProcessMark process) {
        return transaction(c -> {
            try (PreparedStatement insert =
                    c.prepareStatement("insert or ignore into runs (id, kind, name, state, started, "
                            + "config_json, pid, process_started) values (?, ?, ?, ?, ?, ?, ?, ?)")) {
                insert.setString(1, id);
                insert.setString(2, kind);
                insert.setString(3, name);
                insert.setString(4, RunState.RUNNING.word());
                insert.setLong(5, startedMillis);
                insert.setString(6, config);
                insert.setLong(7, process.pid());
                insert.setLong(8, process.startedMillis());
                return insert.executeUpdate() == 1;
            }
        });
    }

    /// Write how a run ended.
    void end(String id, RunState state, long finishedMillis, @Nullable String result, @Nullable String error) {
        int changed = transaction(c -> {
            try (PreparedStatement update = c.prepareStatement(
                    "update runs set state = ?, finished = ?, result_json = ?, error_json = ? where id = ?")) {
                update.setString(1, state.word());
                update.setLong(2, finishedMillis);
                update.setString(3, result);
                update.setString(4, error);
                update.setString(5, id);
                return update.executeUpdate();
            }
        });
        if (changed == 0) throw removed(id);
    }

    void addEvents(List<EventBuffer.StoredEvent> events) {
        var _ = transaction(c -> {
            // A run that someone removed meanwhile takes no more events.
            try (PreparedStatement insert =
                    c.prepareStatement("insert into events (run_id, seq, time, kind, values_json) "
                            + "select ?, ?, ?, ?, ? where exists (select 1 from runs where id = ?)")) {
                for (EventBuffer.StoredEvent event : events) {
                    insert.setString(1, event.run());
                    insert.setLong(2, event.sequence());
                    insert.setLong(3, event.timeMillis());
                    insert.setString(4, event.kind());
                    insert.setString(5, event.values());
                    insert.setString(6, event.run());
                    insert.addBatch();
                }
                return insert.executeBatch();
            }
        });
    }

    List<Row> newest(int limit) {
        return query("select " + COLUMNS + " from runs order by id desc limit ?", select -> select.setInt(1, limit));
    }

    /// Return the runs whose id begins with a text, oldest first.
    List<Row> startingWith(String prefix) {
        return query("select " + COLUMNS + " from runs where substr(id, 1, length(?)) = ? order by id", select -> {
            select.setString(1, prefix);
            select.setString(2, prefix);
        });
    }

    List<RunEvent> events(String id) {
        return locked(c -> {
            try (PreparedStatement select = c.prepareStatement(
                    "select seq, time, kind, values_json from events where run_id = ? order by seq")) {
                select.setString(1, id);
                List<RunEvent> events = new ArrayList<>();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next())
                        events.add(new RunEvent(
                                rows.getLong(1),
                                Instant.ofEpochMilli(rows.getLong(2)),
                                rows.getString(3),
                                Json.lenient().readTree(rows.getString(4))));
                }
                return List.copyOf(events);
            }
        });
    }

    void delete(String id) {
        int deleted = transaction(c -> {
            try (PreparedStatement delete = c.prepareStatement("delete from runs where id = ?")) {
                delete.setString(1, id);
                return delete.executeUpdate();
            }
        });
        if (deleted == 0) throw removed(id);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            connection.close();
        } catch (SQLException e) {
            throw failure(file, e);
        } finally {
            lock.unlock();
        }
    }

    private static void makeFolder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) throw new IllegalStateException("no folder above " + file);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(folder, e);
        }
        if (!Files.isWritable(folder) || (Files.exists(file) && !Files.isWritable(file)))
            throw DurableFiles.cannotWrite(file, new IOException("permission denied"));
    }

    private void prepare() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int version = version(statement);
            if (version > SCHEMA_VERSION)
                throw new UserError(
                        "runs.newer",
                        file + " was written by a later version (format " + version + ", this one knows "
                                + SCHEMA_VERSION + ")",
                        "writing to it could damage the record of your runs",
                        "use the later version, or set SAVILE_HOME to another folder");
            if (version == SCHEMA_VERSION) return;
            try (ResultSet mode = statement.executeQuery("pragma journal_mode = wal")) {
                if (!mode.next()) throw new IllegalStateException("SQLite did not answer which journal it uses");
            }
        }
        var _ = transaction(c -> {
            try (Statement statement = c.createStatement()) {
                if (version(statement) == SCHEMA_VERSION) return false; // another process was faster
                statement.executeUpdate(
                        "create table runs (id text primary key, kind text not null, name text not null, "
                                + "state text not null, started integer not null, finished integer, config_json text not null, "
                                + "result_json text, error_json text, pid integer not null, process_started integer not null)");
                statement.executeUpdate(
                        "create table events (run_id text not null references runs(id) on delete cascade, "
                                + "seq integer not null, time integer not null, kind text not null, values_json text not null, "
                                + "primary key (run_id, seq)) without rowid");
                statement.executeUpdate("pragma user_version = " + SCHEMA_VERSION);
                return true;
            }
        });
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("pragma user_version")) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    /// Fill in the parameters of a query.
    private interface Parameters {
        void set(PreparedStatement select) throws SQLException;
    }

    private List<Row> query(String sql, Parameters parameters) {
        return locked(c -> {
            try (PreparedStatement select = c.prepareStatement(sql)) {
                parameters.set(select);
                List<Row> found = new ArrayList<>();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) found.add(row(rows));
                }
                return List.copyOf(found);
            }
        });
    }

    private static Row row(ResultSet rows) throws SQLException {
        long finished = rows.getLong(6);
        Instant end = rows.wasNull() ? null : Instant.ofEpochMilli(finished);
        RunRecord run = new RunRecord(
                rows.getString(1),
                rows.getString(2),
                rows.getString(3),
                RunState.of(rows.getString(4)),
                Instant.ofEpochMilli(rows.getLong(5)),
                end,
                Json.lenient().readTree(rows.getString(7)),
                tree(rows.getString(8)),
                tree(rows.getString(9)));
        return new Row(run, new ProcessMark(rows.getLong(10), rows.getLong(11)));
    }

    private static @Nullable JsonNode tree(@Nullable String json) {
        return json == null ? null : Json.lenient().readTree(json);
    }

    private <T> T locked(Work<T> work) {
        lock.lock();
        try {
            return work.run(connection);
        } catch (SQLException e) {
            throw failure(file, e);
        } finally {
            lock.unlock();
        }
    }

    private <T> T transaction(Work<T> work) {
        return locked(c -> {
            c.setAutoCommit(false);
            try {
                T result = work.run(c);
                c.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                try {
                    c.rollback();
                } catch (SQLException second) {
                    e.addSuppressed(second);
                }
                throw e;
            } finally {
                c.setAutoCommit(true);
            }
        });
    }

    private static UserError removed(String id) {
        return UserError.notFound(
                "runs.unknown",
                "there is no run " + id,
                "it may have been removed",
                "list the runs with `savile runs`");
    }

    private static RuntimeException failure(Path file, SQLException e) {
        if (!(e instanceof SQLiteException sqlite))
            return new IllegalStateException("the run store failed: " + file, e);
        int code = sqlite.getResultCode().code & PRIMARY_CODE;
        if (code == SQLiteErrorCode.SQLITE_NOTADB.code || code == SQLiteErrorCode.SQLITE_CORRUPT.code)
            return new UserError(
                            "runs.corrupt",
                            file + " is damaged or no SQLite database (" + reason(e) + ")",
                            "the record of past runs cannot be read; models, customizations and studies are not affected",
                            "rename " + file + " (and " + file.getFileName() + "-wal and -shm beside it); a new one is "
                                    + "started with the next run")
                    .causedBy(e);
        if (code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code)
            return UserError.resource(
                            BUSY,
                            file + " has been locked by another process for " + BUSY_TIMEOUT_MILLIS / 1000 + " s",
                            "the run cannot be recorded",
                            "end the process that holds it, then run the same command again")
                    .causedBy(e);
        if (code == SQLiteErrorCode.SQLITE_FULL.code)
            return DurableFiles.cannotWrite(file, new IOException("No space left on device", e));
        if (code == SQLiteErrorCode.SQLITE_READONLY.code
                || code == SQLiteErrorCode.SQLITE_CANTOPEN.code
                || code == SQLiteErrorCode.SQLITE_PERM.code
                || code == SQLiteErrorCode.SQLITE_IOERR.code)
            return DurableFiles.cannotWrite(file, new IOException(reason(e), e));
        return new IllegalStateException("the run store failed: " + file, e);
    }

    private static String reason(SQLException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
