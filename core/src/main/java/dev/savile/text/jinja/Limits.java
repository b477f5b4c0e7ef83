package dev.savile.text.jinja;

/// Bound what a template may cost.
///
/// @param steps       units of work: one for each statement and expression, and one for each 16 characters or
///                    elements made
/// @param depth       nesting of macro calls, recursive loops and printed values
/// @param outputChars UTF-16 units of the rendered text, and of any text on the way
public record Limits(long steps, int depth, int outputChars) {
    public Limits {
        if (steps < 1 || depth < 1 || outputChars < 1)
            throw new IllegalArgumentException(
                    "limits must be positive, got " + steps + ", " + depth + ", " + outputChars);
    }

    /// Return limits that no honest chat template comes near.
    public static Limits standard() {
        return new Limits(5_000_000, 150, 16_000_000);
    }
}
