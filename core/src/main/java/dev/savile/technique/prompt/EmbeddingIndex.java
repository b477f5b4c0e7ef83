package dev.savile.technique.prompt;

import java.util.BitSet;
import java.util.List;

/// Find the texts whose vectors point the way a query's does.
///
///     similarity(a, b) = cosine of (a - mean) and (b - mean),  mean = the mean vector of the indexed texts
///
/// Vectors of a language model share most of their direction; without the mean all texts would look alike. A vector
/// that equals the mean points nowhere: its similarity to anything is 0. *Cost*: one product with all vectors a query.
/// *Paper*: Liu et al., "What makes good in-context examples for GPT-3?", 2021 (nearest examples); Mu and Viswanath,
/// "All-but-the-top", 2018 (the mean taken out).
public final class EmbeddingIndex {
    private final float[] mean;
    private final float[][] directions;

    /// Index vectors of one width, `[texts][width]`; a text's place is its number.
    public EmbeddingIndex(float[][] vectors) {
        mean = mean(vectors);
        directions = new float[vectors.length][];
        for (int i = 0; i < vectors.length; i++) directions[i] = direction(vectors[i]);
    }

    public int size() {
        return directions.length;
    }

    /// Return the similarity of each indexed text to a vector, -1 to 1.
    public double[] similarities(float[] query) {
        double[] similarities = new double[size()];
        if (size() == 0) return similarities;
        float[] towards = direction(query);
        for (int i = 0; i < similarities.length; i++) similarities[i] = product(directions[i], towards);
        return similarities;
    }

    /// Return the similarity of two indexed texts.
    public double similarity(int first, int second) {
        return product(directions[first], directions[second]);
    }

    /// Return at most `count` of the candidates, nearest first; equally near ones in the order of the texts.
    public List<Integer> nearest(float[] query, BitSet candidates, int count) {
        return Ranking.best(similarities(query), candidates, count);
    }

    private float[] direction(float[] vector) {
        if (vector.length != mean.length)
            throw new IllegalArgumentException(
                    "a vector of width " + vector.length + " among those of width " + mean.length);
        double[] centred = new double[vector.length];
        double squares = 0;
        for (int k = 0; k < centred.length; k++) {
            centred[k] = vector[k] - mean[k];
            squares += centred[k] * centred[k];
        }
        float[] direction = new float[vector.length];
        if (!(squares > 0)) return direction;
        double length = Math.sqrt(squares);
        for (int k = 0; k < direction.length; k++) direction[k] = (float) (centred[k] / length);
        return direction;
    }

    private static float[] mean(float[][] vectors) {
        if (vectors.length == 0) return new float[0];
        double[] sums = new double[vectors[0].length];
        for (float[] vector : vectors) {
            if (vector.length != sums.length)
                throw new IllegalArgumentException(
                        "vectors of widths " + sums.length + " and " + vector.length + " cannot be compared");
            for (int k = 0; k < sums.length; k++) sums[k] += vector[k];
        }
        float[] mean = new float[sums.length];
        for (int k = 0; k < mean.length; k++) mean[k] = (float) (sums[k] / vectors.length);
        return mean;
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) sum += (double) a[k] * b[k];
        return sum;
    }
}
