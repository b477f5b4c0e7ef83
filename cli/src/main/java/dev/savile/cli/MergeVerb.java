package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.CustomizationWriter;
import dev.savile.engine.EngineThread;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Work a customization into the weights of its base.
@Command(
        name = "merge",
        description = {
            "Work a customization into the weights of its base: a Hugging Face folder in fp32 that answers alone what both answer together, and can be the base of further training.",
            "lora, dora, ia3 and full can be merged; soft prompts, prefixes and bottleneck adapters are no change of weights."
        })
final class MergeVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder of the merged model; one that holds something is refused.")
    Path out = Path.of("");

    MergeVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (global.customizations().isEmpty())
            throw new UserError(
                    "merge.with", "no customization was named", "there is nothing to merge", "name one with --with");
        CustomizationWriter.claim(out, false);
        return EngineThread.call(() -> {
            try (Session session = Session.open(global, console)) {
                CustomizationWriter.merged(out, session.tuning(), session.base());
            }
            console.print("merged into " + out + "; use it with --model " + out);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", out.toString());
            console.result(result);
            return ExitCode.OK;
        });
    }
}
