package dev.savile.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// How text is written; greedy unless told.
final class SamplingOptions {
    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "Tokens to write at most. Default: ${DEFAULT-VALUE}.")
    int maxTokens = 256;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "Divides the logits; 0 takes the likeliest token. Default: ${DEFAULT-VALUE}.")
    double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            defaultValue = "0",
            description = "Draw from the N likeliest tokens; 0 is off. Default: ${DEFAULT-VALUE}.")
    int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw from the smallest set that holds this probability. Default: ${DEFAULT-VALUE}.")
    double topP = 1;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Draw from tokens at least this times as likely as the likeliest. Default: ${DEFAULT-VALUE}.")
    double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "F",
            defaultValue = "1",
            description = "Makes tokens that are there already less likely; 1 is off. Default: ${DEFAULT-VALUE}.")
    double repetitionPenalty = 1;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; repeatable.")
    List<String> stop = new ArrayList<>();
}
