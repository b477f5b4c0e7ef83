package dev.savile.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Write an answer to one prompt.
@Command(name = "generate", description = "Write an answer to one prompt.")
final class GenerateVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    SamplingOptions sampling = new SamplingOptions();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            required = true,
            description = "A user's message; with --raw the bare text to continue.")
    String prompt = "";

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message in front.")
    @Nullable
    String system;

    @Option(names = "--raw", description = "Continue the bare text, without the chat template.")
    boolean raw;

    GenerateVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Generate(console, global, sampling).answer(prompt, system == null ? "" : system, raw);
    }
}
