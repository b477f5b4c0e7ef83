package dev.savile.generate.constrain;

import java.util.Arrays;

/// The tokens that may come next, one bit for each id.
///
/// @param words    bit `id % 64` of word `id / 64`
/// @param any      whether any token may come
/// @param farthest how many tokens may be needed behind the least helpful of them
record TokenMask(long[] words, boolean any, int farthest) {
    /// Set the scores of all other tokens to minus infinity, so that they are never drawn and the others' probabilities
    /// sum to 1.
    ///
    /// @param scores one for each id; those beyond the mask are no tokens that could be written
    void apply(float[] scores) {
        int whole = Math.min(words.length, scores.length / Long.SIZE);
        for (int word = 0; word < whole; word++) apply(words[word], scores, word * Long.SIZE);
        for (int id = whole * Long.SIZE; id < scores.length; id++)
            if (!contains(id)) scores[id] = Float.NEGATIVE_INFINITY;
    }

    boolean contains(int id) {
        int word = id / Long.SIZE;
        return word < words.length && ((words[word] >>> id) & 1) != 0;
    }

    /// Touch as few scores as there are bits of the rarer kind.
    private static void apply(long word, float[] scores, int begin) {
        if (Long.bitCount(word) > Long.SIZE / 2) {
            for (long left = ~word; left != 0; left &= left - 1)
                scores[begin + Long.numberOfTrailingZeros(left)] = Float.NEGATIVE_INFINITY;
            return;
        }
        if (word == 0) {
            Arrays.fill(scores, begin, begin + Long.SIZE, Float.NEGATIVE_INFINITY);
            return;
        }
        for (int i = 0; i < Long.SIZE; i++) if (((word >>> i) & 1) == 0) scores[begin + i] = Float.NEGATIVE_INFINITY;
    }
}
