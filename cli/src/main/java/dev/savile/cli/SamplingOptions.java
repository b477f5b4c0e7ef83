package dev.savile.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How text is written. What is not given is as the prompt in use says, else greedy.
final class SamplingOptions {
    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Tokens to write at most. Default: the prompt's own, else 256.")
    @Nullable
    Integer maxTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Divides the logits; 0 takes the likeliest token. Default: the prompt's own, else 0.")
    @Nullable
    Double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            description = "Draw from the N likeliest tokens; 0 is off. Default: the prompt's own, else 0.")
    @Nullable
    Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the smallest set that holds this probability. Default: the prompt's own, else 1.")
    @Nullable
    Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Draw from tokens at least this times as likely as the likeliest. Default: 0.")
    @Nullable
    Double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "F",
            description =
                    "Makes tokens that are there already less likely; 1 is off. Default: the prompt's own, else 1.")
    @Nullable
    Double repetitionPenalty;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End before this text; repeatable. Default: the prompt's own.")
    List<String> stop = new ArrayList<>();

    /// The options that were given, as they are written.
    List<String> given() {
        List<String> given = new ArrayList<>();
        if (maxTokens != null) given.add("--max-tokens");
        if (temperature != null) given.add("--temperature");
        if (topK != null) given.add("--top-k");
        if (topP != null) given.add("--top-p");
        if (minP != null) given.add("--min-p");
        if (repetitionPenalty != null) given.add("--repetition-penalty");
        if (!stop.isEmpty()) given.add("--stop");
        return given;
    }
}
