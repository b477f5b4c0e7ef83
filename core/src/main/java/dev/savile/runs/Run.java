package dev.savile.runs;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Record one run while it goes on. It ends once, by [#finish], [#fail] or [#interrupted]; closing it without one
/// of them marks it as interrupted.
public final class Run implements AutoCloseable {
    private final String id;
    private final RunStore store;
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();

    Run(String id, RunStore store) {
        this.id = id;
        this.store = store;
    }

    public String id() {
        return id;
    }

    /// Record that something happened. Cheap enough for every training step; it reaches the disk within a second.
    ///
    /// @param kind   what it is about: `step`, `validation`, `checkpoint`
    /// @param values values that JSON can hold, in a map that keeps its order
    public void event(String kind, Map<String, ?> values) {
        if (ended.get()) throw new IllegalStateException("run " + id + " has ended, it takes no more events");
        store.record(id, sequence.incrementAndGet(), kind, Json.line(values));
    }

    /// End with a result, which becomes JSON.
    public void finish(Object result) {
        String json = Json.line(result);
        end();
        store.finished(id, json);
    }

    /// End with an error: its four parts, or the trace of a fault of ours.
    public void fail(Throwable error) {
        String json = Json.line(parts(error));
        end();
        store.failed(id, json);
    }

    /// End because the user stopped it.
    public void interrupted() {
        end();
        store.interrupted(id);
    }

    @Override
    public void close() {
        if (!ended.get()) interrupted();
    }

    private void end() {
        if (!ended.compareAndSet(false, true)) throw new IllegalStateException("run " + id + " has ended before");
    }

    private static Map<String, String> parts(Throwable error) {
        Map<String, String> parts = new LinkedHashMap<>();
        if (error instanceof UserError user) {
            parts.put("code", user.code());
            parts.put("what", user.what());
            parts.put("why", user.why());
            parts.put("fix", user.fix());
            return parts;
        }
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        parts.put("code", "internal");
        parts.put("what", error.toString());
        parts.put("why", "this is a fault of the program, not of your input");
        parts.put("fix", "report it with this record");
        parts.put("trace", trace.toString());
        return parts;
    }
}
