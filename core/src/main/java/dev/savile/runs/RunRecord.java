package dev.savile.runs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Hold what the store knows of a run.
///
/// @param id       sorts by start time: `20260131-235959-0c4f`, in UTC
/// @param kind     the verb that started it: `tune`, `eval`, `select`
/// @param name     the user's name for it, or what it works on
/// @param state    how far it has come
/// @param started  when it began
/// @param finished when it ended; absent while it runs, and when its process died
/// @param config   its resolved configuration
/// @param result   what it gave; absent until it is finished
/// @param error    why it failed, `{"code", "what", "why", "fix"}`; absent unless it did
public record RunRecord(
        String id,
        String kind,
        String name,
        RunState state,
        Instant started,
        @Nullable Instant finished,
        JsonNode config,
        @Nullable JsonNode result,
        @Nullable JsonNode error) {}
