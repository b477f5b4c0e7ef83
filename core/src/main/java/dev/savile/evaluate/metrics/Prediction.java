package dev.savile.evaluate.metrics;

/// Hold what was read from a system's output.
public sealed interface Prediction {
    /// The output says this.
    record Parsed(String value) implements Prediction {}

    /// The output says nothing that could be scored.
    ///
    /// @param reason why, for the report ("no label found", "two labels found")
    record Unparsed(String reason) implements Prediction {}
}
