package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Env;
import dev.savile.common.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Run a command line inside the test's JVM.
///
/// @param code exit status
/// @param out  standard output
/// @param err  standard error
record Command(int code, String out, String err) {
    static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    static Command run(Path home, String... arguments) {
        return run(home, new ByteArrayOutputStream(), Clock.fixed(NOW, ZoneOffset.UTC), arguments);
    }

    /// Run a training with a log, and let the program die while its next step is written there.
    ///
    /// @param log   the folder of `--log`
    /// @param steps number of steps that are in the log by then
    static Command interrupted(Path home, Path log, int steps, String... arguments) {
        var err = new ByteArrayOutputStream();
        return run(home, err, new InterruptingClock(NOW, log.resolve("events.jsonl"), steps), arguments);
    }

    private static Command run(Path home, ByteArrayOutputStream err, Clock clock, String... arguments) {
        var out = new ByteArrayOutputStream();
        var setting = new Main.Setting(
                new Env(Map.of("SAVILE_HOME", home.toString())),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false,
                100,
                clock);
        int code = Main.run(List.of(arguments), setting);
        return new Command(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// Return what a command that must have gone well prints with `--json`.
    static JsonNode json(Command command) {
        assertThat(command.code()).as(command.err()).isZero();
        return Json.strict().readTree(command.lastLine());
    }

    /// Return the last line of standard output.
    String lastLine() {
        return out.lines().reduce("", (_, line) -> line);
    }
}
