package dev.savile.generate;

/// Follow an answer while it is written, and end it.
///
/// Calls come on the engine's thread and hold it up: hand work over and return.
@FunctionalInterface
public interface TokenListener {
    /// Let the model write.
    TokenListener NONE = id -> Reaction.GO_ON;

    /// What is to happen after a token.
    enum Reaction {
        GO_ON,
        /// The answer is complete.
        STOP,
        /// The answer is not wanted any more.
        CANCEL
    }

    /// Take the next token. The end token is not reported.
    Reaction take(int id);

    /// Tell whether the answer is not wanted any more. Asked before each step, while a long prompt is read too.
    default boolean cancelled() {
        return false;
    }
}
