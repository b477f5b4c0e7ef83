package dev.savile.technique.soft;

import dev.savile.common.UserError;
import dev.savile.model.CausalLm;

/// Check the number of virtual tokens.
public final class SoftSizes {
    private SoftSizes() {}

    static void requireTokens(int tokens) {
        if (tokens < 1)
            throw new UserError(
                    "soft.tokens",
                    "there must be at least 1 virtual token, got " + tokens,
                    "nothing would be trained",
                    "use 20");
    }

    /// Refuse virtual tokens that leave no room for a message.
    ///
    /// @param tokens all that stand before one
    /// @throws UserError `soft.context`
    public static void requireRoom(int tokens, CausalLm model) {
        int context = model.spec().maxPositions();
        if (tokens >= context)
            throw new UserError(
                    "soft.context",
                    tokens + " virtual tokens do not fit into the context of " + context + " tokens",
                    "they stand before every message",
                    "use fewer: 20 to 100 are usual");
    }
}
