package dev.savile.technique.prompt;

/// In which order the chosen examples stand in the prompt.
public enum DemoOrder {
    /// The best fitting example first.
    AS_SELECTED,
    /// The best fitting example last, next to the message.
    REVERSE
}
