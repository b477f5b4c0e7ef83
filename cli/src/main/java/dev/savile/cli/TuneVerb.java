package dev.savile.cli;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Train one customization.
@Command(
        name = "tune",
        description = {
            "Train one customization on every row given.%n",
            "Techniques: lora, dora, ia3, bottleneck, prompt_tuning, p_tuning, prefix_tuning, full.%n",
            "Keys of --set, with defaults:",
            "  all: learning-rate (by technique and size of the model), epochs 3, rows-per-step 16, forest-tokens 1024, weight-decay 0 (full 0.1), decay-vectors false, beta1 0.9, beta2 0.999, epsilon 1e-8, clip-norm 1, warmup-share 0.03, schedule cosine|linear|constant, checkpoint-seconds 60, patience 0 (validations), validate-steps 0 (between validations, beside that after each epoch), max-tokens (of a row; the context, 512 for plain text); for less memory: recompute false (compute layers again in the backward pass), update-in-backward false (needs clip-norm 0), moments fp32|bf16",
            "  lora, dora: rank 8, alpha (twice the rank), dropout 0, targets all-linear | NAME,NAME | /REGEX/, exclude, layers N,N (layers-pattern NAME where their numbers stand elsewhere), rank-pattern NAME:N,..., alpha-pattern NAME:X,..., rslora false, plus-ratio 1 (rate of B over that of A), start usual|pissa|olora, bias none|all|lora_only, update-bias false, save MODULE,...",
            "  ia3: targets, feed-forward and exclude (keys, values and the inner values of the feed-forward part)",
            "  bottleneck: wiring houlsby|pfeiffer|parallel, size (inner width) or reduction 16, reductions LAYER:N,..., activation relu|swish|gelu|gelu_tanh|tanh, scaling NUMBER|learned|channel, dropout 0, norm false, leave-out N,N",
            "  prompt_tuning: tokens 20, start text|vocabulary|random, text (the prompt's instruction)",
            "  p_tuning: tokens 20, encoder mlp|lstm|nemo_mlp, encoder-hidden (the model's width, half of it for nemo_mlp), encoder-layers 2, encoder-dropout 0",
            "  prefix_tuning: tokens 30, start text|zero|random, text, projection 0 (inner width)",
            "  full: parameters REGEX,... (all)",
            "%nSeveral at once, as lora+prompt_tuning; keys are then written lora.rank, prompt_tuning.tokens.",
            "%nEach technique is explained in docs/techniques."
        })
final class TuneVerb implements Verb {
    private final Console console;

    @Parameters(
            paramLabel = "TECHNIQUE",
            arity = "0..1",
            description = "What is trained, such as lora; it may stand in the recipe instead.")
    String technique = "";

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    ExampleOptions examples = new ExampleOptions();

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
            description = "Name to save under, without --out. Default: the technique.")
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
                    "Rows to validate on after each epoch, and every so many steps with validate-steps, from a file or as a share like 0.1; the best values are kept. Default: none, every row is trained on.")
    @Nullable
    String validation;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            description =
                    "Rows that the finished customization is scored on: labelled texts by accuracy, others by loss. None of them is trained on: rows to train on that repeat one are left out. Default: none.")
    @Nullable
    Path test;

    @Option(
            names = "--also",
            paramLabel = "FILE[=WEIGHT]",
            description =
                    "Further rows to train on, and how often each is seen in an epoch: 2 is twice, 0.5 is half of them. Repeatable. Default weight: 1.")
    List<String> also = new ArrayList<>();

    @Option(
            names = "--max-time",
            paramLabel = "TIME",
            description = "Stop after this time with what was learned, like 15m. Default: no limit.")
    @Nullable
    String maxTime;

    @Option(
            names = "--from",
            paramLabel = "CUSTOMIZATION",
            description =
                    "Train a saved adapter or combination further; its own settings of the technique hold, those of the training and plus-ratio may be others. A p-tuning goes on with the optimizer's averages, too. With --tasks: a table that has these tasks; its others stay as they are, to the byte.")
    @Nullable
    String from;

    @Option(
            names = "--tasks",
            paramLabel = "FILE.json",
            description =
                    "Templates of tasks to train into a table of soft prompts: a list of objects with taskname, prompt_template, total_virtual_tokens, virtual_token_splits and so on. Rows then have a taskname and the template's fields.")
    @Nullable
    Path tasks;

    @Option(
            names = "--table",
            paramLabel = "CUSTOMIZATION",
            description = "A table to add the tasks of --tasks to; its own tasks stay as they are, to the byte.")
    @Nullable
    String table;

    @Option(
            names = "--find-rate",
            description =
                    "Try rising learning rates on a short run, print the loss at each and a suggestion, and end without training.")
    boolean findRate;

    @Option(
            names = "--recipe",
            paramLabel = "FILE.yaml",
            description =
                    "Technique, data and settings from a file; options given here come before it. There is one of each technique in recipes/.")
    @Nullable
    Path recipe;

    @Option(
            names = "--log",
            paramLabel = "DIR",
            description =
                    "Folder for events.jsonl and TensorBoard's event files. Default: none; runs.db has the events.")
    @Nullable
    Path log;

    @Spec
    @Nullable
    CommandSpec spec;

    TuneVerb(Console console) {
        this.console = console;
    }

    /// Whether the command line has an option itself.
    boolean given(String option) {
        return Verb.given(spec, option);
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

    Optional<Path> test() {
        return Optional.ofNullable(test);
    }

    Optional<Path> log() {
        return Optional.ofNullable(log);
    }

    Optional<String> from() {
        return Optional.ofNullable(from);
    }

    Optional<String> table() {
        return Optional.ofNullable(table);
    }

    Optional<String> maxTime() {
        return Optional.ofNullable(maxTime);
    }

    @Override
    public Integer call() {
        if (recipe != null) Recipe.read(recipe).apply(this);
        if (technique.isBlank())
            throw new UserError(
                    "tune.technique",
                    "no technique is named",
                    "what is trained must be known",
                    "write for example: savile tune lora --data FILE");
        if (!global.customizations().isEmpty())
            throw new UserError(
                    "tune.with",
                    "--with names a customization to answer with",
                    "training would not see it",
                    "train it further with --from, or merge it first and name the result with --model");
        if (tasks == null) return new Tune(console, this).run();
        if (!List.of("prompt_tuning", "p_tuning").contains(technique.replace('-', '_')))
            throw new UserError(
                    "tune.tasks",
                    technique + " has no tasks",
                    "a table holds soft prompts",
                    "use prompt_tuning or p_tuning with --tasks");
        return new TuneTasks(console, this).run(tasks);
    }
}
