package dev.savile.generate.constrain;

import java.util.Arrays;

/// The tokens that may come next, written down by the fewer ones: those that may come, or those that may not.
///
/// @param only     whether `ids` are all that may come, or all that may not
/// @param ids      in rising order
/// @param size     number of ids in the vocabulary; those beyond it may never come
/// @param farthest how many tokens may be needed behind the least helpful of those that may come; -1 where none may
record TokenMask(boolean only, int[] ids, int size, int farthest) {
    /// What scores are overwritten with; a block is copied faster than single values are set.
    private static final float[] FORBIDDEN = new float[4096];

    static {
        Arrays.fill(FORBIDDEN, Float.NEGATIVE_INFINITY);
    }

    /// @param allowed by id
    static TokenMask of(boolean[] allowed, int farthest) {
        int count = 0;
        for (boolean may : allowed) if (may) count++;
        boolean only = 2 * count <= allowed.length;
        int[] ids = new int[only ? count : allowed.length - count];
        int next = 0;
        for (int id = 0; id < allowed.length; id++) if (allowed[id] == only) ids[next++] = id;
        return new TokenMask(only, ids, allowed.length, farthest);
    }

    /// Tell whether any token may come.
    boolean any() {
        return farthest >= 0;
    }

    long bytes() {
        return (long) Integer.BYTES * ids.length;
    }

    /// Set the scores of all other tokens to minus infinity, so that they are never drawn and the others' probabilities
    /// sum to 1.
    ///
    /// @param scores one for each id of the model, which may know more than the vocabulary
    void apply(float[] scores) {
        if (!only) {
            for (int id : ids) scores[id] = Float.NEGATIVE_INFINITY;
            forbid(scores, size);
            return;
        }
        float[] kept = new float[ids.length];
        for (int i = 0; i < kept.length; i++) kept[i] = scores[ids[i]];
        forbid(scores, 0);
        for (int i = 0; i < kept.length; i++) scores[ids[i]] = kept[i];
    }

    private static void forbid(float[] scores, int begin) {
        for (int at = begin; at < scores.length; at += FORBIDDEN.length)
            System.arraycopy(FORBIDDEN, 0, scores, at, Math.min(FORBIDDEN.length, scores.length - at));
    }
}
