package dev.savile.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Hold the options of a comparison by a model as judge.
final class JudgeOptions {
    @Option(
            names = "--judge",
            paramLabel = "URL|MODEL",
            description =
                    "With --task and --against, for written answers: let a model say which of two answers is better, at an OpenAI-compatible address or a model at hand.")
    @Nullable
    String judge;

    @Option(names = "--judge-model", paramLabel = "NAME", description = "Name of the model at the judge's address.")
    @Nullable
    String model;

    @Option(
            names = "--judge-key",
            paramLabel = "VARIABLE",
            defaultValue = "",
            description = "Environment variable that holds the key for the judge's address. Default: none.")
    String keyVariable = "";

    @Option(
            names = "--judge-draws",
            paramLabel = "N",
            defaultValue = "3",
            description =
                    "Verdicts drawn for each pair in each of its two orders, at least 3; the majority counts. Default: ${DEFAULT-VALUE}.")
    int draws = 3;

    @Option(
            names = "--criterion",
            paramLabel = "TEXT",
            description = "What makes an answer better. Default: that it is correct and does what is asked.")
    @Nullable
    String criterion;

    @Option(
            names = "--human",
            paramLabel = "FILE.csv",
            description =
                    "What people prefer: columns id and preference (first, second or tie). Their agreement with the judge is reported; without 50 of them a judge decides nothing.")
    @Nullable
    Path human;
}
