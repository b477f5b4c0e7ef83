package dev.savile.select;

/// Say how an arm stands to the leader.
public enum ArmVerdict {
    BEST("best"),
    BETTER("better"),
    WORSE("worse"),
    /// Shown to be less than the tolerance worse.
    NON_INFERIOR("non-inferior"),
    /// Not told apart from the leader, and not shown to be good enough either.
    TIED("tied"),
    /// The items are too few to find a gap of the size seen or of the tolerance.
    CANNOT_TELL("cannot tell");

    private final String word;

    ArmVerdict(String word) {
        this.word = word;
    }

    /// Return the word that tables print.
    public String word() {
        return word;
    }
}
