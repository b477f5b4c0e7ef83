package dev.savile.evaluate.statistics;

/// Say how a first system stands to a second on the same items.
///
/// "No significant difference" is not among the answers: the items either show a difference, or show that it is
/// too small to matter, or leave both open.
public sealed interface Verdict {
    record Better() implements Verdict {}

    record Worse() implements Verdict {}

    /// Shown to be within the tolerance, on both sides.
    record Equivalent() implements Verdict {}

    /// Neither shown.
    ///
    /// @param needed how many more items would settle it
    record Undecided(ItemsNeeded needed) implements Verdict {}

    /// Return the stable word of the machine-readable results.
    default String word() {
        return switch (this) {
            case Better() -> "better";
            case Worse() -> "worse";
            case Equivalent() -> "equivalent";
            case Undecided(ItemsNeeded _) -> "undecided";
        };
    }
}
