package dev.savile.cli;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Make one LoRA of several.
@Command(
        name = "combine",
        description = {
            "Make one LoRA of several, each with a weight: name them with --with, one after the other.",
            "cat is exact, its rank the sum of the ranks; svd is the best approximation at a rank; linear, ties and dare add up factors and need equal ranks. The error against the exact sum is printed."
        })
final class CombineVerb implements Verb {
    /// How adapters are added up.
    enum Method {
        CAT,
        SVD,
        LINEAR,
        TIES,
        DARE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Option(
            names = "--weights",
            paramLabel = "X,X",
            description = "A weight for each. Default: equal ones that add up to 1.")
    @Nullable
    String weights;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = "cat",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Method method = Method.CAT;

    @Option(
            names = "--rank",
            paramLabel = "N",
            defaultValue = "0",
            description = "Rank of svd. Default: the largest of the ranks.")
    int rank;

    @Option(
            names = "--density",
            paramLabel = "SHARE",
            defaultValue = "0.5",
            description = "Share of the values that ties and dare keep. Default: ${DEFAULT-VALUE}.")
    double density = 0.5;

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
