package dev.savile.cli;

import java.util.LinkedHashMap;
import java.util.Map;
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

    @Mixin
    FormOptions form = new FormOptions();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "A user's message; with --raw the bare text to continue.")
    String prompt = "";

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message in front.")
    @Nullable
    String system;

    @Option(names = "--task", paramLabel = "NAME", description = "A task of a prompt table, in place of --prompt.")
    @Nullable
    String task;

    @Option(
            names = "--field",
            paramLabel = "NAME=TEXT",
            description = "A field of the task's template; repeatable. One that is missing is left blank.")
    Map<String, String> fields = new LinkedHashMap<>();

    @Option(names = "--raw", description = "Continue the bare text, without the chat template.")
    boolean raw;

    GenerateVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        form.requireOne();
        var generate = new Generate(console, global, sampling, form);
        return task != null ? generate.task(task, fields) : generate.answer(prompt, system == null ? "" : system, raw);
    }
}
