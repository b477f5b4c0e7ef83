package dev.savile.text;

/// Hold a whole conversation as token ids and which of them the model is to learn to write.
///
/// @param ids        token ids
/// @param supervised whether the token at this place is part of an answer
public record MaskedRow(int[] ids, boolean[] supervised) {
    public MaskedRow {
        if (ids.length != supervised.length)
            throw new IllegalArgumentException(ids.length + " ids but " + supervised.length + " marks");
    }

    public int supervisedTokens() {
        int count = 0;
        for (boolean mark : supervised) if (mark) count++;
        return count;
    }
}
