package dev.savile.cli;

import dev.savile.common.Json;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// Print a failure: for people on standard error, with `--json` also for programs on the last line of standard
/// output.
final class FailurePrinter {
    private static final String RED = "\u001b[1;31m";
    private static final String PLAIN = "\u001b[0m";

    private FailurePrinter() {}

    static void print(Failure failure, PrintStream out, PrintStream err, boolean json, boolean colour) {
        err.println((colour ? RED + "error:" + PLAIN : "error:") + " " + failure.what());
        err.println("  why:  " + failure.why());
        err.println("  fix:  " + failure.fix());
        err.println("  code: " + failure.code());
        if (json) out.println(line(failure));
    }

    private static String line(Failure failure) {
        Map<String, String> error = new LinkedHashMap<>();
        error.put("code", failure.code());
        error.put("what", failure.what());
        error.put("why", failure.why());
        error.put("fix", failure.fix());
        return Json.line(Map.of("error", error));
    }
}
