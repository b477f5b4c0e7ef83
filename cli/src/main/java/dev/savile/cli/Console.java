package dev.savile.cli;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import java.io.PrintStream;
import java.time.Clock;

/// Hand a verb everything it needs of the outside world.
///
/// @param env      environment variables and the folders they name
/// @param progress where long work reports
/// @param stop     set by the first Ctrl-C; see [Interrupts]
/// @param out      results, and nothing else
/// @param err      progress, warnings and errors
/// @param json     the result is one JSON object on the last line of `out`
/// @param colour   `out` is a terminal that shows colours
/// @param clock    the time
record Console(
        Env env,
        Progress progress,
        StopSignal stop,
        PrintStream out,
        PrintStream err,
        boolean json,
        boolean colour,
        Clock clock) {

    /// Print a result for people; with `--json` nothing.
    void print(String line) {
        if (!json) out.println(line);
    }

    /// Print the result for programs; without `--json` nothing.
    void result(Object value) {
        if (json) out.println(Json.line(value));
    }
}
