package dev.savile.text;

import java.util.Arrays;

/// Hold token ids and, for each of them, whether the model is to learn to write it: conversations with several
/// answers, plain text.
///
/// @param ids        token ids
/// @param supervised whether the token at this place is to be learned
public record MaskedRow(int[] ids, boolean[] supervised) implements TrainingRow {
    public MaskedRow {
        if (ids.length != supervised.length)
            throw new IllegalArgumentException(ids.length + " ids but " + supervised.length + " marks");
    }

    /// Learn all tokens.
    public static MaskedRow whole(int... ids) {
        boolean[] all = new boolean[ids.length];
        Arrays.fill(all, true);
        return new MaskedRow(ids, all);
    }

    @Override
    public int length() {
        return ids.length;
    }

    @Override
    public int segment(int place) {
        int segment = 1;
        for (int i = 1; i <= place; i++) if (supervised[i] != supervised[i - 1]) segment++;
        return segment;
    }

    @Override
    public boolean learned(int place) {
        return place > 0 && supervised[place];
    }

    public int supervisedTokens() {
        int count = 0;
        for (boolean mark : supervised) if (mark) count++;
        return count;
    }
}
