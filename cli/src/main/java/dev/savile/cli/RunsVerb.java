package dev.savile.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// List, show and remove the records of earlier runs.
@Command(name = "runs", description = "List, show and remove the records of earlier runs.")
final class RunsVerb implements Verb {
    private final Console console;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many of the newest runs to list. Default: ${DEFAULT-VALUE}.")
    int limit = 20;

    RunsVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Runs(console).list(limit);
    }

    @Command(name = "list", description = "List the newest runs.")
    Integer list(
            @Mixin CommonOptions options,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "20",
                            description = "How many. Default: ${DEFAULT-VALUE}.")
                    int count) {
        return new Runs(console).list(count);
    }

    @Command(name = "show", description = "Show one run: its configuration, loss and result.")
    Integer show(
            @Mixin CommonOptions options,
            @Parameters(paramLabel = "ID", description = "A run's id, or the beginning of it.") String id) {
        return new Runs(console).show(id);
    }

    @Command(name = "remove", description = "Forget a run. What it made stays where it is.")
    Integer remove(
            @Mixin CommonOptions options,
            @Parameters(paramLabel = "ID", description = "A run's id, or the beginning of it.") String id) {
        return new Runs(console).remove(id);
    }
}
