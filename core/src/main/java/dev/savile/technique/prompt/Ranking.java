package dev.savile.technique.prompt;

import java.util.BitSet;
import java.util.List;
import java.util.PriorityQueue;

/// Find the best of many scored texts.
final class Ranking {
    private Ranking() {}

    private record Scored(int text, double score) {
        /// A lower score is worse; among equal scores the later text is.
        static int worstFirst(Scored a, Scored b) {
            int byScore = Double.compare(a.score, b.score);
            return byScore != 0 ? byScore : Integer.compare(b.text, a.text);
        }
    }

    /// Return at most `count` of the candidates, best first; equal scores in the order of the texts.
    static List<Integer> best(double[] scores, BitSet candidates, int count) {
        if (count < 1) return List.of();
        var best = new PriorityQueue<Scored>(Scored::worstFirst);
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
            // an equal score of a later text is worse, so most texts are passed over by this one comparison
            if (best.size() == count && scores[i] <= best.element().score) continue;
            best.add(new Scored(i, scores[i]));
            if (best.size() > count) best.remove();
        }
        return best.stream()
                .sorted((a, b) -> Scored.worstFirst(b, a))
                .map(Scored::text)
                .toList();
    }
}
