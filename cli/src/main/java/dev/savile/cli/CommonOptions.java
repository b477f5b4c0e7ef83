package dev.savile.cli;

import java.util.List;
import picocli.CommandLine.Option;

/// Hold the options of every verb. They are looked for before the arguments are read, since mistakes in the
/// arguments are reported in the form asked for, too.
final class CommonOptions {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    boolean json;

    @Option(names = "--quiet", description = "Show no progress, only results, warnings and errors.")
    boolean quiet;

    static boolean json(List<String> arguments) {
        return given("--json", arguments);
    }

    static boolean quiet(List<String> arguments) {
        return given("--quiet", arguments);
    }

    private static boolean given(String option, List<String> arguments) {
        int end = arguments.indexOf("--");
        return arguments.subList(0, end < 0 ? arguments.size() : end).contains(option);
    }
}
