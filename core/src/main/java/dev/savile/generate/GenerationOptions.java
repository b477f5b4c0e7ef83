package dev.savile.generate;

import dev.savile.common.UserError;
import dev.savile.generate.constrain.Constraint;
import java.util.List;

/// Say how long an answer may be, how its tokens are chosen, what ends it and what it must be.
///
/// @param maxTokens  most tokens to write, the end token included
/// @param sampling   how each token is chosen
/// @param stop       texts that end the answer and are cut from it
/// @param ignoreEnd  go on after an end token, up to `maxTokens`: for measurements
/// @param constraint the form of the answer, or [Constraint#NONE]; tokens that it forbids are taken out before
///                   anything else, so that the probabilities of the others sum to 1
public record GenerationOptions(
        int maxTokens, Sampling sampling, List<String> stop, boolean ignoreEnd, Constraint constraint) {
    private static final int DEFAULT_MAX_TOKENS = 256;

    public GenerationOptions {
        stop = List.copyOf(stop);
        if (maxTokens < 1)
            throw new UserError(
                    "generate.max-tokens",
                    "at least 1 token must be asked for, got " + maxTokens,
                    "there would be nothing to write",
                    "use " + DEFAULT_MAX_TOKENS);
        if (stop.contains(""))
            throw new UserError(
                    "generate.stop",
                    "a stop text is empty",
                    "it would end every answer before its first character",
                    "leave it out");
    }

    /// Write freely.
    public GenerationOptions(int maxTokens, Sampling sampling, List<String> stop, boolean ignoreEnd) {
        this(maxTokens, sampling, stop, ignoreEnd, Constraint.NONE);
    }

    /// Write up to 256 tokens, always the likeliest.
    public static GenerationOptions greedy() {
        return greedy(DEFAULT_MAX_TOKENS);
    }

    public static GenerationOptions greedy(int maxTokens) {
        return new GenerationOptions(maxTokens, Sampling.GREEDY, List.of(), false);
    }

    public GenerationOptions with(Sampling other) {
        return new GenerationOptions(maxTokens, other, stop, ignoreEnd, constraint);
    }

    public GenerationOptions withStop(String... texts) {
        return new GenerationOptions(maxTokens, sampling, List.of(texts), ignoreEnd, constraint);
    }

    public GenerationOptions ignoringEnd() {
        return new GenerationOptions(maxTokens, sampling, stop, true, constraint);
    }

    public GenerationOptions with(Constraint other) {
        return new GenerationOptions(maxTokens, sampling, stop, ignoreEnd, other);
    }
}
