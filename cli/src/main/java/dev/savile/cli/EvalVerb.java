package dev.savile.cli;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Score a model or a customization on labelled rows.
@Command(
        name = "eval",
        description =
                "Score a model, with or without a customization: on a task (--task); on labelled rows by accuracy; on other rows by loss and perplexity. --against compares it with others by paired tests.")
final class EvalVerb implements Verb {
    private final Console console;

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    ExampleOptions examples = new ExampleOptions();

    @Mixin
    TaskOptions tasks = new TaskOptions();

    @Mixin
    JudgeOptions judge = new JudgeOptions();

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "With --task: write a report; .html is one page with every item, .md a table, .csv the items, .json everything. Repeatable.")
    List<Path> reports = new ArrayList<>();

    @Option(
            names = "--exact-interval",
            description =
                    "Print Clopper and Pearson's interval of the primary score, too, where it is a share of right rows: it is never too narrow, and wider than Wilson's.")
    boolean exactInterval;

    @Option(
            names = "--latency",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "With --task: ask N rows, taken from all over them, once more, one at a time and without answers that were kept, and print how long a request takes (p50, p95). Default: ${DEFAULT-VALUE}, none.")
    int latency;

    @Option(names = "--list-tasks", description = "List the tasks that come with Savile.")
    boolean listTasks;

    @Option(
            names = "--no-cache",
            description = "With --task: neither take answers from an earlier run nor keep them for a later one.")
    boolean noCache;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Longest row in tokens, for rows that are no labelled texts. Default: the context, 512 for plain text.")
    int maxTokens;

    @Option(
            names = "--generate",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "For rows with answers (prompt and completion, conversations): write answers of up to N tokens and compare them with the rows' own. Default: ${DEFAULT-VALUE}, score the rows' own answers by their loss.")
    int generate;

    @Option(
            names = "--items",
            paramLabel = "FILE.jsonl",
            description = "With --generate: write each row's answer and scores to a file.")
    @Nullable
    Path items;

    @Option(
            names = "--against",
            paramLabel = "CUSTOMIZATION",
            description =
                    "Another customization to compare with, or base for the model alone. With --task repeatable: p values are then Holm's.")
    List<String> against = new ArrayList<>();

    @Option(
            names = "--tolerance",
            paramLabel = "POINTS",
            defaultValue = "0",
            description = "Points within which two systems count as equivalent. Default: the task's own, else 1.")
    double tolerancePoints;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Score only N rows: the first ones, of a task some from all over it. Default: ${DEFAULT-VALUE}, all.")
    int limit;

    EvalVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (listTasks) return new EvalTask(console, this).list();
        options().check();
        if (tasks.task != null) return new EvalTask(console, this).run();
        if (generate < 0 || (items != null && generate == 0))
            throw new UserError(
                    "eval.generate",
                    generate < 0 ? "--generate is " + generate : "--items is given without --generate",
                    "it is the number of tokens that an answer may have, and only written answers make items",
                    "write for example --generate 64");
        if (generate > 0 && maxTokens > 0)
            throw new UserError(
                    "eval.generate",
                    "--max-tokens has no effect with --generate",
                    "an answer has as many tokens as --generate says",
                    "leave it away");
        return new Eval(console, this).run();
    }

    /// The tolerance as a share.
    ///
    /// @param usual points where none were given
    double tolerance(double usual) {
        return (tolerancePoints > 0 ? tolerancePoints : usual) / 100;
    }

    /// The options as they stand on the command line.
    EvalOptions options() {
        return new EvalOptions(this, option -> Verb.given(spec, option));
    }
}
