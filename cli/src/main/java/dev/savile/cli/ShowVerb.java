package dev.savile.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Show rows as the model sees them.
@Command(
        name = "show",
        description =
                "Show rows as the model sees them: text, token ids, and which tokens are learned. Loads no weights.")
final class ShowVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    ExampleOptions examples = new ExampleOptions();

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "2",
            description = "How many rows. Default: ${DEFAULT-VALUE}.")
    int rows = 2;

    ShowVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Show(console, this).run();
    }
}
