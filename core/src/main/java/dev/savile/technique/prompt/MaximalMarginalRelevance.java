package dev.savile.technique.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Choose examples that are near to a message but not to each other, one after the other:
///
///     next = argmax over d of lambda * similarity(message, d) - (1 - lambda) * max over chosen s of similarity(d, s)
///
/// Near-repeats then take one place, not all. *Cost*: candidates times chosen similarities. *Paper*: Carbonell and
/// Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries", 1998; for
/// examples in prompts Ye et al., "Complementary explanations for effective in-context learning", 2022.
public final class MaximalMarginalRelevance {
    /// Weight of relevance against repetition.
    public static final double LAMBDA = 0.5;
    /// Nearest examples that are chosen from.
    public static final int FETCH = 20;

    /// Values this near are a tie: sums taken in another order differ in their last digits.
    private static final double TIE = 1e-12;

    private MaximalMarginalRelevance() {}

    /// Give the similarity of two examples by their numbers.
    @FunctionalInterface
    public interface Similarity {
        double of(int first, int second);
    }

    /// Choose at most `count` of the candidates; ties go to the lower number.
    ///
    /// @param relevance  similarity of the message to each example of the pool, by number
    /// @param candidates numbers of examples, in any order
    /// @param lambda     0 to 1; 1 is relevance alone
    public static List<Integer> select(
            double[] relevance, List<Integer> candidates, Similarity similarity, double lambda, int count) {
        if (!(lambda >= 0 && lambda <= 1))
            throw new IllegalArgumentException("lambda must lie between 0 and 1, got " + lambda);
        List<Integer> left = new ArrayList<>(candidates.stream().sorted().toList());
        Map<Integer, Double> nearest = new HashMap<>(); // to a chosen one; looked up only
        List<Integer> chosen = new ArrayList<>();
        while (chosen.size() < count && !left.isEmpty()) {
            double best = Double.NEGATIVE_INFINITY;
            int next = left.getFirst();
            for (int i : left) {
                double value = lambda * relevance[i] - (1 - lambda) * nearest.getOrDefault(i, 0.0);
                if (value <= best + TIE) continue;
                best = value;
                next = i;
            }
            chosen.add(next);
            left.remove((Object) next);
            for (int i : left) nearest.merge(i, similarity.of(i, next), Math::max);
        }
        return chosen;
    }
}
