package dev.savile.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
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

    @Option(
            names = "--tasks",
            paramLabel = "FILE.json",
            description = "Templates of the tasks that rows belong to, as savile tune --tasks takes them.")
    @Nullable
    Path tasks;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Longest row in tokens, as --set max-tokens of savile tune. Default: the context, 512 for plain text.")
    int maxTokens;

    ShowVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Show(console, this).run();
    }
}
