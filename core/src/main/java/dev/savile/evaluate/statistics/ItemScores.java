package dev.savile.evaluate.statistics;

import java.util.Arrays;

/// Hold one system's score on each item, in the order of the items; every score lies between 0 and 1.
public final class ItemScores {
    private final double[] scores;

    private ItemScores(double[] scores) {
        this.scores = scores;
    }

    /// Take a copy of scores between 0 and 1; at least one.
    public static ItemScores of(double... scores) {
        if (scores.length == 0) throw new IllegalArgumentException("at least one item is needed");
        for (double score : scores)
            if (!(score >= 0 && score <= 1))
                throw new IllegalArgumentException("a score must lie between 0 and 1, got " + score);
        return new ItemScores(scores.clone());
    }

    /// Count right as 1 and wrong as 0.
    public static ItemScores of(boolean[] correct) {
        double[] scores = new double[correct.length];
        for (int i = 0; i < correct.length; i++) scores[i] = correct[i] ? 1 : 0;
        return of(scores);
    }

    public int size() {
        return scores.length;
    }

    public double at(int item) {
        return scores[item];
    }

    public double mean() {
        return ClusteredMean.mean(scores);
    }

    /// Return a copy.
    public double[] toArray() {
        return scores.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ItemScores that && Arrays.equals(scores, that.scores);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(scores);
    }

    @Override
    public String toString() {
        return "ItemScores[" + scores.length + " items, mean " + mean() + "]";
    }
}
