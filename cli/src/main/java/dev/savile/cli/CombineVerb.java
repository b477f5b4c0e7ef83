package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.technique.lora.LoraBlend;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Make one LoRA of several.
@Command(
        name = "combine",
        description = {
            "Make one LoRA of several, each with a weight: name them with --with, one after the other.",
            "cat is exact, its rank the sum of the ranks; svd is the best approximation at a rank. linear adds up factors and needs equal ranks; so do ties, dare_linear, dare_ties and magnitude_prune, which keep some of the values; with _svd behind their names they do it to the updates, of any ranks. The error against the exact sum is printed."
        })
final class CombineVerb implements Verb {
    static final double DENSITY = 0.5;

    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Option(
            names = "--weights",
            paramLabel = "X,X",
            description = "A weight for each, negative to take one away. Default: equal ones that add up to 1.")
    @Nullable
    String weights;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = "cat",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    LoraBlend.Method method = LoraBlend.Method.CAT;

    @Option(
            names = "--rank",
            paramLabel = "N",
            defaultValue = "0",
            description = "Rank of svd and of those that end in it. Default: the largest of the ranks.")
    int rank;

    @Option(
            names = "--density",
            paramLabel = "SHARE",
            defaultValue = "0.5",
            description = "Share of the values that ties, dare and magnitude_prune keep. Default: ${DEFAULT-VALUE}.")
    double density = DENSITY;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder of the new customization; one that holds something is refused.")
    Path out = Path.of("");

    CombineVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        global.requireWhole("combining works on the adapters alone");
        if (global.customizations().size() < 2)
            throw new UserError(
                    "combine.with",
                    global.customizations().size() + " customizations were named",
                    "there must be two at least",
                    "write --with A --with B");
        return new Combine(console, this).run();
    }
}
