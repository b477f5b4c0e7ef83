package dev.savile.evaluate.judge;

/// Which of two answers is better.
public enum Preference {
    FIRST,
    SECOND,
    TIE;

    /// The same preference when the answers change places.
    public Preference swapped() {
        return switch (this) {
            case FIRST -> SECOND;
            case SECOND -> FIRST;
            case TIE -> TIE;
        };
    }

    /// What it counts for the first answer: 1, 0 or a half.
    public double credit() {
        return switch (this) {
            case FIRST -> 1;
            case SECOND -> 0;
            case TIE -> 0.5;
        };
    }
}
