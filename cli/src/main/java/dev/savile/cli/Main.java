package dev.savile.cli;

import dev.savile.common.Env;
import dev.savile.common.StopSignal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Read the command line, run the verb it names, and end with its exit status.
@Command(
        name = "savile",
        header = "Customize, select and deploy language models.",
        synopsisSubcommandLabel = "VERB",
        description = "%n`savile VERB --help` explains a verb. Exit status: 0 ok, 2 bad input, 3 not found, 4 resource,"
                + " 5 internal, 130 stopped with the work kept.%n",
        versionProvider = Main.Version.class)
public final class Main implements Runnable {
    private static final String DEFAULT_COLUMNS = "80";

    /// Tell what the process was started with besides its arguments.
    ///
    /// @param terminal whether `err` is a terminal
    /// @param colour   whether `out` is a terminal
    /// @param columns  width of the terminal in characters
    record Setting(
            Env env, PrintStream out, PrintStream err, boolean terminal, boolean colour, int columns, Clock clock) {}

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--version", versionHelp = true, description = "Show the versions of Savile and Java.")
    boolean version;

    @Spec
    @Nullable
    CommandSpec spec;

    private Main() {}

    /// Start Savile. The launcher says in system properties which streams are terminals.
    public static void main(String[] arguments) {
        var setting = new Setting(
                Env.ofProcess(),
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                Boolean.getBoolean("savile.terminal"),
                Boolean.getBoolean("savile.colour"),
                Integer.parseInt(System.getProperty("savile.columns", DEFAULT_COLUMNS)),
                Clock.systemUTC());
        System.exit(run(List.of(arguments), setting));
    }

    /// Run one command line and return its exit status; nothing is thrown.
    static int run(List<String> arguments, Setting setting) {
        boolean json = CommonOptions.json(arguments);
        boolean colours = setting.env().variable("NO_COLOR").isEmpty();
        var progress = new TerminalProgress(
                setting.err(), setting.terminal(), CommonOptions.quiet(arguments), setting.columns(), System::nanoTime);
        var stop = new StopSignal();
        var caught = new AtomicReference<@Nullable Throwable>();
        var console = new Console(
                setting.env(),
                progress.ticking(),
                stop,
                setting.out(),
                setting.err(),
                json,
                setting.colour() && colours && !json,
                setting.clock());
        int code = execute(arguments, console, setting, caught);
        progress.finish();
        Throwable thrown = caught.get();
        if (thrown != null) {
            Failure failure = Failure.of(thrown, setting.env(), setting.clock());
            FailurePrinter.print(failure, setting.out(), setting.err(), json, setting.terminal() && colours);
            code = failure.exitCode();
        } else if (code == ExitCode.OK && stop.requested()) {
            code = ExitCode.STOPPED;
        }
        setting.out().flush();
        setting.err().flush();
        return code;
    }

    /// Without a verb there is nothing to do.
    @Override
    public void run() {
        if (spec == null) throw new IllegalStateException("picocli did not set the command");
        throw new ParameterException(spec.commandLine(), "no verb is given");
    }

    private static int execute(
            List<String> arguments, Console console, Setting setting, AtomicReference<@Nullable Throwable> caught) {
        try {
            return commandLine(console, setting, caught).execute(arguments.toArray(String[]::new));
        } catch (Throwable e) { // errors too: memory may run out, a library may be missing
            caught.set(e);
            return ExitCode.INTERNAL;
        }
    }

    /// picocli would print what a handler throws itself, so the handlers only note what was caught.
    private static CommandLine commandLine(
            Console console, Setting setting, AtomicReference<@Nullable Throwable> caught) {
        var line = new CommandLine(new Main());
        for (Verb verb : Verbs.all(console)) line.addSubcommand(verb);
        line.setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setUsageHelpWidth(Math.clamp(setting.columns(), 60, 120))
                .setColorScheme(CommandLine.Help.defaultColorScheme(
                        console.colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
                .setOut(writer(setting.out()))
                .setErr(writer(setting.err()))
                .setParameterExceptionHandler((e, _) -> {
                    caught.set(e);
                    return ExitCode.BAD_INPUT;
                })
                .setExecutionExceptionHandler((e, _, _) -> {
                    caught.set(e);
                    return ExitCode.INTERNAL;
                });
        return line;
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /// Say which version this is.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Libraries.ofClassPath().version("savile-cli").orElse("(not packaged)");
            return new String[] {"savile " + version, "Java " + Runtime.version()};
        }
    }
}
