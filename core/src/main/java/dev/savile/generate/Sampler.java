package dev.savile.generate;

import java.util.BitSet;

/// Choose the tokens of one row. Computes in fp64, so that the same logits give the same token on every computer.
public final class Sampler {
    private final Sampling sampling;
    private final DrawKey key;
    private final BitSet present = new BitSet();
    private int token;

    /// @param promptIds what the repetition penalty counts as present from the start
    public Sampler(Sampling sampling, DrawKey key, int... promptIds) {
        this.sampling = sampling;
        this.key = key;
        for (int id : promptIds) present.set(id);
    }

    /// Tell whether the largest logit decides, so that nothing else is needed.
    boolean plainGreedy() {
        return sampling.plainGreedy();
    }

    /// Choose the next token and remember it.
    ///
    /// @param logits one for each id of the vocabulary
    public int next(float[] logits) {
        int id = choose(logits);
        took(id);
        return id;
    }

    /// Remember a token that the largest logit decided.
    void took(int id) {
        present.set(id);
        token++;
    }

    private int choose(float[] logits) {
        double[] scores = new double[logits.length];
        for (int i = 0; i < scores.length; i++) scores[i] = logits[i];
        penalize(scores);
        return sampling.temperature() == 0
                ? largest(scores)
                : candidates(scores).pick(key.draw(sampling.seed(), token));
    }

    private void penalize(double[] scores) {
        double penalty = sampling.repetitionPenalty();
        if (penalty == 1) return;
        for (int id = present.nextSetBit(0); id >= 0 && id < scores.length; id = present.nextSetBit(id + 1))
            scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
    }

    private Candidates candidates(double[] scores) {
        var candidates = new Candidates(scores, sampling.temperature());
        if (sampling.topK() > 0) candidates.keepTop(sampling.topK());
        if (sampling.topP() < 1) candidates.keepShare(sampling.topP());
        if (sampling.minP() > 0) candidates.keepFrom(sampling.minP());
        return candidates;
    }

    private static int largest(double[] scores) {
        int best = 0;
        for (int i = 0; i < scores.length; i++) {
            if (Double.isNaN(scores[i])) throw Candidates.notFinite(scores[i]);
            if (scores[i] > scores[best]) best = i;
        }
        if (Double.isInfinite(scores[best])) throw Candidates.notFinite(scores[best]);
        return best;
    }
}
