package dev.savile.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Make, improve and look at prompts, which are saved, versioned and served like adapters.
@Command(
        name = "prompt",
        description = {
            "save: keep a task's prompt, or that of --with, with the options given, as a customization.",
            "optimize: search for a better one by measuring on rows to learn from, and keep it.",
            "rationales: let the model reason about rows to learn from, and keep a prompt with worked examples of the ways that led to the right answer.",
            "show NAME: print a saved prompt. diff NAME NAME: what differs between two."
        })
final class PromptVerb implements Verb {
    /// What is done.
    enum Action {
        SAVE,
        OPTIMIZE,
        RATIONALES,
        SHOW,
        DIFF;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Console console;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "ACTION", description = "One of ${COMPLETION-CANDIDATES}.")
    Action action = Action.SHOW;

    @Parameters(index = "1..*", paramLabel = "NAME", arity = "0..2", description = "Saved prompts, to show or compare.")
    List<String> names = new ArrayList<>();

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    TaskOptions tasks = new TaskOptions();

    @Option(
            names = "--budget",
            paramLabel = "TIME",
            defaultValue = "10m",
            description = "Time for optimize, like 90s, 15m or 1h. Default: ${DEFAULT-VALUE}.")
    String budget = "10m";

    @Option(
            names = "--tolerance",
            paramLabel = "POINTS",
            defaultValue = "1",
            description =
                    "Points of accuracy that a change may cost when right answers are expected more. Default: ${DEFAULT-VALUE}.")
    double tolerancePoints = 1;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "100",
            description = "Rows to learn from that rationales tries. Default: ${DEFAULT-VALUE}.")
    int rows = 100;

    @Option(
            names = "--try",
            paramLabel = "TEXT",
            description = "An instruction of your own for optimize to try; repeatable.")
    List<String> instructions = new ArrayList<>();

    @Option(names = "--name", paramLabel = "NAME", description = "Name to save it under. Default: the task's name.")
    @Nullable
    String name;

    PromptVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Prompt(console, this).run();
    }

    /// Refuse options of another action.
    ///
    /// @throws UserError `cli.no-effect`
    void requireEffect() {
        Map<String, Action> actions = Map.of(
                "--budget", Action.OPTIMIZE,
                "--tolerance", Action.OPTIMIZE,
                "--try", Action.OPTIMIZE,
                "--rows", Action.RATIONALES);
        for (Map.Entry<String, Action> one : new TreeMap<>(actions).entrySet())
            TaskInputs.refuse(
                    one.getValue() != action && Verb.given(spec, one.getKey()),
                    one.getKey(),
                    "it is an option of savile prompt " + one.getValue());
    }
}
