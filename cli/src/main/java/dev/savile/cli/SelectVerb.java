package dev.savile.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Race the techniques on a data set.
@Command(
        name = "select",
        description = {
            "Race the techniques on your data under a budget, recommend one, and keep it.",
            "Without --data it races on a bundled sample: messages to a support desk, 8 departments."
        })
final class SelectVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Option(
            names = "--budget",
            paramLabel = "TIME",
            defaultValue = "8m",
            description =
                    "Time from the first row read to the report, like 90s, 15m or 1h30m. Default: ${DEFAULT-VALUE}.")
    String budget = "8m";

    @Option(
            names = "--tolerance",
            paramLabel = "POINTS",
            defaultValue = "1",
            description =
                    "Points of accuracy within which a cheaper technique is preferred. Default: ${DEFAULT-VALUE}.")
    double tolerancePoints = 1;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Passes over the rows in each training. Default: ${DEFAULT-VALUE}.")
    double epochs = 3;

    @Option(
            names = "--demos",
            paramLabel = "N",
            defaultValue = "4",
            description = "Worked examples in few-shot prompts. Default: ${DEFAULT-VALUE}.")
    int demos = 4;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            description = "Test rows, kept whole and never trained on. Default: a fifth of the data.")
    @Nullable
    Path test;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the study and its report. Default: under SAVILE_HOME/studies.")
    @Nullable
    Path out;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name under which the winner is saved. Default: the data's file name.")
    @Nullable
    String name;

    SelectVerb(Console console) {
        this.console = console;
    }

    Optional<Path> test() {
        return Optional.ofNullable(test);
    }

    Optional<Path> out() {
        return Optional.ofNullable(out);
    }

    Optional<String> name() {
        return Optional.ofNullable(name);
    }

    @Override
    public Integer call() {
        global.requireWhole("a race has arms that change the weights themselves");
        return new Select(console, this).run();
    }
}
