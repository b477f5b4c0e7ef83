package dev.savile.generate;

/// Say why an answer ended.
public enum Finish {
    /// The model wrote an end token.
    END,
    /// The answer is what its constraint asks for, and nothing may follow.
    COMPLETE,
    /// The listener had enough: a stop text appeared.
    STOP,
    /// As many tokens as were asked for have been written.
    LENGTH,
    /// The caller gave up: a deadline, Ctrl-C, a client that is gone.
    STOPPED
}
