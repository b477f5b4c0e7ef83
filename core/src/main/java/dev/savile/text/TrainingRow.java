package dev.savile.text;

/// A row as training sees it: token ids, and which of them the model is to learn to write.
public sealed interface TrainingRow permits EncodedRow, MaskedRow {
    /// All token ids.
    int[] ids();

    /// Number of tokens.
    int length();

    /// Whether the token at a place is to be learned. The first token never is: nothing stands before it.
    boolean learned(int place);

    /// Number, from 1, of the segment that a place belongs to: prompt and answer, or stretches that are learned or not
    /// learned together.
    int segment(int place);

    /// Number of tokens that are learned.
    default int learnedTokens() {
        int count = 0;
        for (int place = 1; place < length(); place++) if (learned(place)) count++;
        return count;
    }

    /// Place of the first token that is learned; the length when there is none.
    default int firstLearned() {
        int place = 1;
        while (place < length() && !learned(place)) place++;
        return place;
    }
}
