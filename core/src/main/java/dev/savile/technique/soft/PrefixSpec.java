package dev.savile.technique.soft;

import dev.savile.common.UserError;

/// Trained keys and values in front of every row, in every layer.
///
/// *Paper*: Li and Liang, "Prefix-tuning: optimizing continuous prompts for generation", 2021.
///
/// @param tokens     positions of the prefix, 30 to 50
/// @param start      where they start: the keys and values of a text, zero, or random; with a projection always random
/// @param text       what to start from with [SoftStart#TEXT]; empty for the prompt's instruction
/// @param projection inner width of a network that makes the prefix while it is trained; 0 for none
public record PrefixSpec(int tokens, SoftStart start, String text, int projection) {
    public PrefixSpec {
        SoftSizes.requireTokens(tokens);
        if (start == SoftStart.VOCABULARY)
            throw new UserError(
                    "soft.start",
                    "a prefix has no vectors of single tokens to start from",
                    "it consists of keys and values",
                    "use text, zero or random");
        if (projection < 0)
            throw new UserError(
                    "soft.projection",
                    "the projection's width must not be negative, got " + projection,
                    "0 stands for no projection",
                    "use 0");
    }

    /// Return the usual setting.
    public static PrefixSpec of(int tokens) {
        return new PrefixSpec(tokens, SoftStart.TEXT, "", 0);
    }

    Encoder encoder() {
        return projection == 0 ? new Encoder.None() : new Encoder.Projection(projection);
    }
}
