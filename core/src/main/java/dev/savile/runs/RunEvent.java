package dev.savile.runs;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// Hold one thing that happened during a run.
///
/// @param sequence number within the run, from 1
/// @param time     when it happened
/// @param kind     what it is about: `step`, `validation`, `checkpoint`
/// @param values   its values, an object
public record RunEvent(long sequence, Instant time, String kind, JsonNode values) {}
