package dev.savile.evaluate.judge;

import java.util.Optional;

/// Count the draws of one pair in one order.
///
/// @param first    for the first system's answer
/// @param second   for the second system's answer
/// @param tie      for neither
/// @param unparsed draws without a verdict that could be read
public record Tally(int first, int second, int tie, int unparsed) {
    static final Tally EMPTY = new Tally(0, 0, 0, 0);

    Tally plus(Preference preference) {
        return switch (preference) {
            case FIRST -> new Tally(first + 1, second, tie, unparsed);
            case SECOND -> new Tally(first, second + 1, tie, unparsed);
            case TIE -> new Tally(first, second, tie + 1, unparsed);
        };
    }

    Tally plusUnparsed() {
        return new Tally(first, second, tie, unparsed + 1);
    }

    public int draws() {
        return first + second + tie + unparsed;
    }

    /// Return what most draws say, a tie where none has most; empty when no draw could be read.
    public Optional<Preference> majority() {
        if (first + second + tie == 0) return Optional.empty();
        if (first > second && first > tie) return Optional.of(Preference.FIRST);
        return Optional.of(second > first && second > tie ? Preference.SECOND : Preference.TIE);
    }
}
