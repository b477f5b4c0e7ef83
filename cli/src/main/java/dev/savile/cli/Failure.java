package dev.savile.cli;

import dev.savile.common.Env;
import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.engine.TorchError;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;

/// Hold a failure as the user sees it, whatever was thrown.
///
/// @param code     stable dotted code
/// @param what     what was found
/// @param why      why it matters
/// @param fix      what to do next
/// @param exitCode exit status of the process
record Failure(String code, String what, String why, String fix, int exitCode) {

    /// Say what a throwable means. A mistake of Savile itself leaves its trace in a file that the message names.
    static Failure of(Throwable thrown, Env env, Clock clock) {
        return switch (thrown) {
            case UserError e -> of(e);
            case CommandLine.ParameterException e when e.getCause() instanceof UserError cause -> of(cause);
            case CommandLine.ParameterException e -> of(e);
            case TorchError e when e.outOfMemory() -> memory(e);
            case OutOfMemoryError e -> memory(e);
            case UnsatisfiedLinkError e ->
                new Failure(
                        "native.load",
                        "a native library could not be loaded: " + firstLine(e),
                        "models run on libraries built for one kind of computer",
                        "`savile doctor` shows what this computer has; Linux on x86-64 and macOS on ARM are supported;"
                                + " with SAVILE_CUDA the folders of CUDA 13, cuDNN 9 and NCCL must be found",
                        ExitCode.RESOURCE);
            default -> bug(thrown, env, clock);
        };
    }

    private static Failure of(UserError e) {
        return new Failure(e.code(), e.what(), e.why(), e.fix(), e.kind().exitCode());
    }

    private static Failure of(CommandLine.ParameterException e) {
        String verb = e.getCommandLine().getCommandSpec().qualifiedName();
        String help = "`" + verb + " --help` shows what there is";
        return new Failure(
                "cli.option",
                unknownVerb(e).map(given -> "there is no verb '" + given + "'").orElse(firstLine(e)),
                "nothing was started, since the command is not clear",
                nearest(e).map(near -> "did you mean " + near + "? " + help).orElse(help),
                ExitCode.BAD_INPUT);
    }

    private static Optional<String> unknownVerb(CommandLine.ParameterException e) {
        if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)) return Optional.empty();
        boolean verbs = !e.getCommandLine().getSubcommands().isEmpty();
        return Optional.of(unmatched.getUnmatched().getFirst()).filter(given -> verbs && !given.startsWith("-"));
    }

    private static Optional<String> nearest(CommandLine.ParameterException e) {
        if (!(e instanceof CommandLine.UnmatchedArgumentException unmatched)) return Optional.empty();
        CommandLine.Model.CommandSpec spec = e.getCommandLine().getCommandSpec();
        String given = unmatched.getUnmatched().getFirst();
        int equals = given.indexOf('=');
        String name = equals < 0 ? given : given.substring(0, equals);
        List<String> known = Stream.concat(spec.optionsMap().keySet().stream(), spec.subcommands().keySet().stream())
                .filter(candidate -> candidate.startsWith("-") == name.startsWith("-"))
                .sorted()
                .toList();
        return Nearest.to(name, known);
    }

    private static Failure memory(Throwable e) {
        return new Failure(
                "memory.exhausted",
                "memory ran out: " + firstLine(e),
                "the work needs more than this computer or its container has left",
                "close other programs, or use a smaller batch, shorter rows or a smaller model; `savile doctor` shows what is free",
                ExitCode.RESOURCE);
    }

    private static Failure bug(Throwable e, Env env, Clock clock) {
        Path file = env.home()
                .resolve("logs")
                .resolve("bug-" + clock.instant().toString().replace(':', '-') + ".txt");
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace, true));
        String where;
        try {
            Files.createDirectories(env.home().resolve("logs"));
            Files.writeString(file, trace.toString());
            where = "please report it with the file " + file;
        } catch (IOException unwritable) {
            where = "please report it with this trace (no file could be written: " + unwritable + "):\n" + trace;
        }
        return new Failure(
                "internal.bug",
                e.getClass().getSimpleName() + ": " + firstLine(e),
                "this is a mistake of Savile, not yours",
                where,
                ExitCode.INTERNAL);
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage();
        if (message == null) return e.getClass().getSimpleName();
        return message.lines().findFirst().orElse(e.getClass().getSimpleName());
    }
}
