package dev.savile.cli;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Work a customization into the weights of its base.
@Command(
        name = "merge",
        description = {
            "Work a customization into the weights of its base: a Hugging Face folder that answers alone what both answer together, and can be the base of further training.",
            "lora, dora and ia3 can be merged; soft prompts, prefixes and bottleneck adapters are no change of weights, and full is a whole model already (--model).",
            "What was trained over a base in 4 bits is merged into the whole base, and the change of the perplexity is reported: on up to 200 rows of --data, else on those it was trained on, if they are still there."
        })
final class MergeVerb implements Verb {
    /// What `--type` may say.
    enum Type {
        FP32,
        BF16;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    ExampleOptions examples = new ExampleOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder of the merged model; one that holds something is refused.")
    Path out = Path.of("");

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "fp32",
            description = "Type of the written weights: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Type type = Type.FP32;

    MergeVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (global.customizations().isEmpty())
            throw new UserError(
                    "merge.with", "no customization was named", "there is nothing to merge", "name one with --with");
        if (global.customizations().size() > 1)
            throw new UserError(
                    "merge.with",
                    global.customizations().size() + " customizations were named",
                    "one is worked into the weights",
                    "name one with --with; savile combine makes one LoRA of several");
        global.requireWhole(
                "a change would be rounded away: what was trained over 4 bits is merged into whole weights");
        return new Merge(console, this).run();
    }
}
