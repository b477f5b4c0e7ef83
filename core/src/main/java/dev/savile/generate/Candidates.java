package dev.savile.generate;

import java.util.Arrays;

/// The tokens that may be drawn, in the order of their ids, each with a weight that is its probability up to a
/// common factor. The likeliest has weight 1. A logit of minus infinity is no candidate: a constraint forbids it.
final class Candidates {
    private final int[] ids;
    private final double[] weights;
    private int count;

    /// Take over logits, divided by the temperature.
    ///
    /// @throws IllegalStateException when they have no finite maximum: the model has computed nonsense
    Candidates(double[] logits, double temperature) {
        double largest = Double.NEGATIVE_INFINITY;
        int possible = 0;
        for (double logit : logits) {
            if (Double.isNaN(logit)) throw notFinite(logit);
            if (logit > Double.NEGATIVE_INFINITY) possible++;
            largest = Math.max(largest, logit);
        }
        if (Double.isInfinite(largest)) throw notFinite(largest);
        ids = new int[possible];
        weights = new double[possible];
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] == Double.NEGATIVE_INFINITY) continue;
            ids[count] = id;
            weights[count++] = Math.exp((logits[id] - largest) / temperature);
        }
    }

    static IllegalStateException notFinite(double logit) {
        return new IllegalStateException(
                "the model gave the logit " + logit + ": its weights or a precision too low are at fault");
    }

    /// Keep the `k` likeliest tokens, and those as likely as the last of them.
    void keepTop(int k) {
        if (k >= count) return;
        double[] heaviest = Arrays.copyOf(weights, k); // in rising order; few weights get past its first entry
        Arrays.sort(heaviest);
        for (int i = k; i < count; i++) {
            if (weights[i] <= heaviest[0]) continue;
            int found = Arrays.binarySearch(heaviest, weights[i]);
            int at = found < 0 ? -found - 1 : found;
            System.arraycopy(heaviest, 1, heaviest, 0, at - 1);
            heaviest[at - 1] = weights[i];
        }
        keepFrom(heaviest[0]);
    }

    /// Keep the smallest set of likeliest tokens that has at least this share of the probability. Among tokens of
    /// equal weight those with lower ids come first.
    void keepShare(double share) {
        double total = total();
        // All tokens this rare together have at most 1 - share, so none of them can be needed; this leaves few to sort.
        double rare = (1 - share) * total / count;
        long[] order = new long[count];
        int size = 0;
        for (int i = 0; i < count; i++) if (weights[i] > rare) order[size++] = place(i);
        Arrays.sort(order, 0, size);
        boolean[] kept = new boolean[count];
        double sum = 0;
        for (int i = 0; i < size && sum < share * total; i++) {
            int at = (int) order[i];
            kept[at] = true;
            sum += weights[at];
        }
        int left = 0;
        for (int i = 0; i < count; i++) if (kept[i]) move(i, left++);
        count = left;
    }

    /// Sort key that puts heavy weights first and, among weights that fp32 cannot tell apart, low ids. Positive
    /// floats sort as their bits do.
    private long place(int i) {
        return ((long) (Integer.MAX_VALUE - Float.floatToIntBits((float) weights[i])) << 32) | i;
    }

    /// Keep the tokens that have at least this weight.
    void keepFrom(double weight) {
        int left = 0;
        for (int i = 0; i < count; i++) if (weights[i] >= weight) move(i, left++);
        count = left;
    }

    private void move(int from, int to) {
        ids[to] = ids[from];
        weights[to] = weights[from];
    }

    private double total() {
        double total = 0;
        for (int i = 0; i < count; i++) total += weights[i];
        return total;
    }

    /// Return the token in whose part of the line from 0 to 1 the number falls.
    int pick(double number) {
        double rest = number * total();
        for (int i = 0; i < count - 1; i++) {
            rest -= weights[i];
            if (rest < 0) return ids[i];
        }
        return ids[count - 1];
    }

    int[] ids() {
        return Arrays.copyOf(ids, count);
    }
}
