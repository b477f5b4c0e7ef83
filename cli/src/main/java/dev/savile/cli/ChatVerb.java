package dev.savile.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Talk to a model.
@Command(
        name = "chat",
        description =
                "Talk to a model, with or without a customization; one message a line, an empty line or Ctrl-D ends.")
final class ChatVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    SamplingOptions sampling = new SamplingOptions();

    @Mixin
    FormOptions form = new FormOptions();

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "A system message in front. Default: the customization's own prompt.")
    @Nullable
    String system;

    ChatVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        return new Chat(console, global, new AnswerWriter(console, global, sampling, form))
                .run(system == null ? "" : system);
    }
}
