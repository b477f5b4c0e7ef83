package dev.savile.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Answer one message.
@Command(
        name = "generate",
        description =
                "Answer one message. With a saved prompt as it says: one of its labels, or a text that is written, read and voted on.")
final class GenerateVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    SamplingOptions sampling = new SamplingOptions();

    @Mixin
    FormOptions form = new FormOptions();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description =
                    "A user's message, which fills the field of a saved prompt; with --raw the bare text to continue.")
    String prompt = "";

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "A system message in front, in place of the prompt of a trained customization.")
    @Nullable
    String system;

    @Option(names = "--task", paramLabel = "NAME", description = "A task of a prompt table, in place of --prompt.")
    @Nullable
    String task;

    @Option(
            names = "--field",
            paramLabel = "NAME=TEXT",
            description =
                    "A field of a saved prompt's template, or of a task's; repeatable. Of a task, one that is missing is left blank.")
    Map<String, String> fields = new LinkedHashMap<>();

    @Option(names = "--raw", description = "Continue the bare text, without the chat template.")
    boolean raw;

    GenerateVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var generate = new Generate(console, global, new AnswerWriter(console, global, sampling, form));
        if (task != null) {
            String why = "a task's template says what is asked; its fields are given with --field";
            TaskInputs.refuse(!prompt.isEmpty(), "--prompt", why);
            TaskInputs.refuse(system != null, "--system", why);
            TaskInputs.refuse(raw, "--raw", why);
            return generate.task(task, fields);
        }
        return generate.answer(new MessageFields(prompt, fields), system == null ? "" : system, raw);
    }
}
