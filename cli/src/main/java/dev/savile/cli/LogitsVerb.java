package dev.savile.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Write the logits of given tokens, for checks against other implementations.
@Command(
        name = "logits",
        description =
                "Write logits [time, vocabulary] and log-probabilities [time - 1] of given ids to a safetensors file.")
final class LogitsVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Option(names = "--ids", paramLabel = "N,N,...", description = "Token ids.")
    @Nullable
    String ids;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "A text, tokenized without a chat template, in place of --ids.")
    @Nullable
    String prompt;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "Where to write: .safetensors, or .json.")
    Path out = Path.of("");

    LogitsVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Logits(console, global).run(ids == null ? "" : ids, prompt == null ? "" : prompt, out);
    }
}
