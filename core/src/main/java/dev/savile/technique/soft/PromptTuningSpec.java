package dev.savile.technique.soft;

import dev.savile.common.UserError;

/// Trained vectors in front of every row, and nothing else.
///
/// *Paper*: Lester, Al-Rfou and Constant, "The power of scale for parameter-efficient prompt tuning", 2021.
///
/// @param tokens number of vectors, 20 to 100
/// @param start  where they start; from text is the best, random the worst
/// @param text   what to start from with [SoftStart#TEXT]; empty for the prompt's instruction
public record PromptTuningSpec(int tokens, SoftStart start, String text) {
    public PromptTuningSpec {
        SoftSizes.requireTokens(tokens);
        if (start == SoftStart.ZERO)
            throw new UserError(
                    "soft.start",
                    "vectors of a soft prompt cannot start at zero",
                    "all of them would be trained to the same",
                    "use text, vocabulary or random");
    }

    /// Return the usual setting.
    public static PromptTuningSpec of(int tokens) {
        return new PromptTuningSpec(tokens, SoftStart.TEXT, "");
    }
}
