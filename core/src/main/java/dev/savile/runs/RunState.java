package dev.savile.runs;

import java.util.Locale;

/// Say how far a run has come.
public enum RunState {
    RUNNING,
    FINISHED,
    FAILED,
    /// Stopped by the user, or its process ended without a word.
    INTERRUPTED;

    /// Return the word that is stored and printed.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static RunState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
