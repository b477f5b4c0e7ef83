package dev.savile.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Train one customization.
@Command(
        name = "tune",
        description = {
            "Train one customization on every row given.",
            "Keys of --set, with defaults: learning-rate (0.001 for lora, 5e-5 for full on small models), epochs 3,",
            "rows-per-step 16, forest-tokens 1024, weight-decay 0, clip-norm 1, warmup-share 0.03, schedule cosine|linear|constant,",
            "checkpoint-seconds 60, patience 0 (validations); lora: rank 8, alpha 16, dropout 0, targets all-linear or a list."
        })
final class TuneVerb implements Verb {
    private final Console console;

    @Parameters(paramLabel = "TECHNIQUE", description = "lora or full.")
    String technique = "";

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Change a setting; repeatable.")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder of the customization. Default: under SAVILE_HOME/customizations.")
    @Nullable
    Path out;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name to save under, without --out. Default: the data's file name.")
    @Nullable
    String name;

    @Option(
            names = "--resume",
            description =
                    "Go on from the checkpoint in --out; start if there is none; answer at once if it is finished.")
    boolean resume;

    @Option(
            names = "--validation",
            paramLabel = "FILE|SHARE",
            description =
                    "Rows to validate on after each epoch, from a file or as a share like 0.1; the best epoch is kept. Default: none, every row is trained on.")
    @Nullable
    String validation;

    @Option(
            names = "--max-time",
            paramLabel = "TIME",
            description = "Stop after this time with what was learned, like 15m. Default: no limit.")
    @Nullable
    String maxTime;

    TuneVerb(Console console) {
        this.console = console;
    }

    Optional<Path> out() {
        return Optional.ofNullable(out);
    }

    Optional<String> name() {
        return Optional.ofNullable(name);
    }

    Optional<String> validation() {
        return Optional.ofNullable(validation);
    }

    Optional<String> maxTime() {
        return Optional.ofNullable(maxTime);
    }

    @Override
    public Integer call() {
        return new Tune(console, this).run();
    }
}
