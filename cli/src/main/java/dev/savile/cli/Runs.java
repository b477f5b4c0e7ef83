package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.runs.RunEvent;
import dev.savile.runs.RunRecord;
import dev.savile.runs.RunStore;
import dev.savile.runs.Sparkline;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Print what the run store holds.
final class Runs {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int SPARKLINE_WIDTH = 60;

    private final Console console;

    Runs(Console console) {
        this.console = console;
    }

    int list(int limit) {
        if (limit < 1)
            throw new UserError(
                    "cli.limit",
                    "--limit must be at least 1, got " + limit,
                    "it is the number of runs listed",
                    "use 20");
        try (RunStore store = open()) {
            List<RunRecord> runs = store.list(limit);
            if (runs.isEmpty()) console.print("no runs yet in " + console.env().home());
            else
                console.print(String.format(
                        Locale.ROOT,
                        "%-22s %-8s %-12s %-17s %10s  %s",
                        "id",
                        "kind",
                        "state",
                        "started (UTC)",
                        "took",
                        "name"));
            for (RunRecord run : runs)
                console.print(String.format(
                        Locale.ROOT,
                        "%-22s %-8s %-12s %-17s %10s  %s",
                        run.id(),
                        run.kind(),
                        run.state().word(),
                        MINUTE.format(run.started()),
                        took(run),
                        run.name()));
            console.result(Map.of("runs", runs.stream().map(Runs::brief).toList()));
            return ExitCode.OK;
        }
    }

    int show(String id) {
        try (RunStore store = open()) {
            RunRecord run = store.find(id);
            double[] losses = store.series(run.id(), "step", "loss");
            console.print("run      " + run.id());
            console.print("kind     " + run.kind());
            console.print("name     " + run.name());
            console.print("state    " + run.state().word());
            console.print("started  " + MINUTE.format(run.started()) + " UTC");
            console.print("took     " + took(run));
            console.print("events   " + counts(store.events(run.id())));
            if (losses.length > 0) {
                console.print("loss     " + Sparkline.of(losses, SPARKLINE_WIDTH));
                console.print(String.format(
                        Locale.ROOT,
                        "         %d steps, first %.4f, last %.4f",
                        losses.length,
                        losses[0],
                        losses[losses.length - 1]));
            }
            section("configuration", run.config());
            JsonNode result = run.result();
            if (result != null) section("result", result);
            JsonNode error = run.error();
            if (error != null) section("error", error);
            console.result(full(run, losses));
            return ExitCode.OK;
        }
    }

    int remove(String id) {
        try (RunStore store = open()) {
            String found = store.find(id).id();
            store.remove(found);
            console.print("removed the record of run " + found);
            console.result(Map.of("removed", found));
            return ExitCode.OK;
        }
    }

    private RunStore open() {
        return RunStore.open(console.env().home(), console.clock());
    }

    private void section(String title, JsonNode values) {
        if (console.json()) return;
        console.print(title);
        Json.pretty(values).lines().forEach(line -> console.print("  " + line));
    }

    private static String counts(List<RunEvent> events) {
        Map<String, Integer> counts = new TreeMap<>();
        for (RunEvent event : events) counts.merge(event.kind(), 1, Integer::sum);
        if (counts.isEmpty()) return "none";
        return String.join(
                ", ",
                counts.entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .toList());
    }

    private static String took(RunRecord run) {
        Instant finished = run.finished();
        if (finished == null) return "-";
        return Units.seconds(Duration.between(run.started(), finished).toMillis() / 1e3);
    }

    private static Map<String, Object> brief(RunRecord run) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", run.id());
        fields.put("kind", run.kind());
        fields.put("name", run.name());
        fields.put("state", run.state().word());
        fields.put("started", run.started().toString());
        Instant finished = run.finished();
        if (finished != null) fields.put("finished", finished.toString());
        return fields;
    }

    private static Map<String, Object> full(RunRecord run, double[] losses) {
        Map<String, Object> fields = brief(run);
        fields.put("config", run.config());
        JsonNode result = run.result();
        if (result != null) fields.put("result", result);
        JsonNode error = run.error();
        if (error != null) fields.put("error", error);
        fields.put("loss", losses);
        return fields;
    }
}
