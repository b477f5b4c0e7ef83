package dev.savile.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Hold the options of verbs that ask a task's questions: which task, and how it is asked.
final class TaskOptions {
    @Mixin
    FormOptions form = new FormOptions();

    @Option(
            names = "--task",
            paramLabel = "NAME|FILE.yaml",
            description =
                    "A task: one that comes with Savile (list them with --list-tasks) or a YAML file of your own; docs/tasks.md shows one in five lines.")
    @Nullable
    String task;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "Folder from which a task names its files. Default: the folder of the task's own file, else $$SAVILE_DATA, else data in SAVILE_HOME.")
    @Nullable
    Path dataDir;

    @Option(
            names = "--shots",
            paramLabel = "N",
            description =
                    "Worked examples in the prompt; 0 takes those of a saved prompt out. Default: none, or a saved prompt's own.")
    @Nullable
    Integer shots;

    @Option(
            names = "--demos",
            paramLabel = "WAY",
            defaultValue = "random",
            description =
                    "How worked examples are chosen: fixed (the first ones), random, label_balanced, bm25, bm25_balanced, embed_knn, mmr. Default: ${DEFAULT-VALUE}, the same for every question.")
    String demos = "random";

    @Option(
            names = "--demo-order",
            paramLabel = "ORDER",
            description =
                    "Order of the chosen examples: as_selected, reverse (the best fitting one last), random, interleave (neighbours differ in label); entropy_probe tries up to 24 orders of examples that are the same for every question on 32 rows to learn from, labels unseen, and takes the one under which answers are spread most evenly (entropy_probe_local: under which each answer is least sure). Default: reverse; as_selected for fixed.")
    @Nullable
    String demoOrder;

    @Option(
            names = "--demo-filter",
            paramLabel = "WAY",
            description =
                    "Which rows examples are chosen from: all, or correct (those that the model answers right with examples of the others; one answer for each row of --demo-pool). Default: all.")
    @Nullable
    String demoFilter;

    @Option(
            names = "--demo-encoder",
            paramLabel = "NAME",
            defaultValue = "base",
            description =
                    "What finds near texts for embed_knn and mmr: base (the model's own hidden states) or minilm (a sentence encoder; with SAVILE_MODULES=encoder, which fetches 110 MB the first time). Default: ${DEFAULT-VALUE}.")
    String demoEncoder = "base";

    @Option(
            names = "--demo-layout",
            paramLabel = "LAYOUT",
            defaultValue = "turns",
            description =
                    "Whether examples stand as turns of a conversation (turns) or in one block before the question (block). Default: ${DEFAULT-VALUE}.")
    String demoLayout = "turns";

    @Option(
            names = "--demo-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Tokens that all examples may take together; whole examples are dropped above it. Default: ${DEFAULT-VALUE}, as many as the context holds.")
    int demoTokens;

    @Option(
            names = "--demo-pool",
            paramLabel = "N",
            description =
                    "Rows to learn from that examples are chosen from, taken from all over the data; 0 for all. Ways by meaning read each of them once. Default: 1000.")
    @Nullable
    Integer demoPool;

    @Option(
            names = "--reasoning",
            paramLabel = "WAY",
            description =
                    "Write the way to the answer first (chain of thought): none, zero-shot (asked for in words), few-shot (shown by the examples). Default: none, or a saved prompt's own.")
    @Nullable
    String reasoning;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description =
                    "Answers drawn for each question, the commonest of which counts (self-consistency); labels and choices need --reasoning for it. Default: 1, the likeliest alone, or a saved prompt's own.")
    @Nullable
    Integer samples;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description =
                    "Divides the logits of written answers; 0 takes the likeliest token. Default: 0, 0.7 with --samples, or the task's, or a saved prompt's own.")
    @Nullable
    Double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description =
                    "Draw written answers from the smallest set of tokens that holds this probability. Default: 1, 0.95 with --samples, or the task's, or a saved prompt's own.")
    @Nullable
    Double topP;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            description =
                    "Draw written answers from the N likeliest tokens; 0 is off. Default: 0, or the task's, or a saved prompt's own.")
    @Nullable
    Integer topK;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "F",
            description =
                    "Makes tokens that are there already less likely in written answers; 1 is off. Default: 1, or the task's, or a saved prompt's own.")
    @Nullable
    Double repetitionPenalty;

    @Option(names = "--system", paramLabel = "TEXT", description = "Another system text than the task's.")
    @Nullable
    String system;

    @Option(names = "--instruction", paramLabel = "TEXT", description = "Another instruction than the task's.")
    @Nullable
    String instruction;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            description = "Words that announce the answer, at the end of the question, such as 'Answer:'.")
    @Nullable
    String prefix;

    @Option(
            names = "--answer-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description = "Longest written answer in tokens. Default: the task's own, 128 with --reasoning.")
    int answerTokens;

    @Option(
            names = "--calibrate",
            paramLabel = "WAY",
            description =
                    "Divide the labels' probabilities by what they get without a message (cc) or on average over up to 256 rows to learn from (batch), or by nothing (none). Default: none, or what a saved prompt has, unless it is changed.")
    @Nullable
    String calibrate;

    @Option(
            names = "--demo-seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of examples that are drawn. Default: ${DEFAULT-VALUE}.")
    long demoSeed;
}
