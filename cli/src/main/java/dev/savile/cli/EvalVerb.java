package dev.savile.cli;

import dev.savile.common.UserError;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Score a model or a customization on labelled rows.
@Command(
        name = "eval",
        description =
                "Score a model, with or without a customization: on labelled rows by accuracy, where --against compares two by a paired test; on other rows by loss and perplexity.")
final class EvalVerb implements Verb {
    private final Console console;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    ExampleOptions examples = new ExampleOptions();

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
            description = "A second customization to compare with, or base for the model alone.")
    @Nullable
    String against;

    @Option(
            names = "--tolerance",
            paramLabel = "POINTS",
            defaultValue = "1",
            description = "Points of accuracy within which two systems count as equivalent. Default: ${DEFAULT-VALUE}.")
    double tolerancePoints = 1;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "0",
            description = "Score only the first N rows. Default: ${DEFAULT-VALUE}, all.")
    int limit;

    EvalVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
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
}
