package dev.savile.generate.constrain;

import java.util.Collection;
import java.util.List;

/// Follow one answer through its constraint.
///
/// End tokens may come exactly where the text is complete. When few tokens are left, those are taken away behind
/// which the rest would not suffice: the text is complete when the last one has been written, and not before that
/// does anything keep the model from what it would write.
public final class ConstraintWalk {
    private final TokenConstraint constraint;
    private final List<Integer> ends;
    private int state = Automaton.START;
    private TokenMask mask;

    ConstraintWalk(TokenConstraint constraint, int maxTokens, Collection<Integer> ends) {
        this.constraint = constraint;
        this.ends = List.copyOf(ends);
        mask = constraint.mask(state, maxTokens - 1);
    }

    /// Tell whether the text is complete and no token may follow.
    public boolean finished() {
        return !mask.any() && constraint.accepts(state);
    }

    /// Tell whether the text is complete as it is.
    public boolean accepts() {
        return constraint.accepts(state);
    }

    /// Set the scores of tokens that must not come next to minus infinity.
    ///
    /// @param scores one for each id of the model
    public void mask(float[] scores) {
        float[] kept = new float[ends.size()];
        for (int i = 0; i < kept.length; i++) kept[i] = scores[ends.get(i)];
        mask.apply(scores);
        if (accepts()) for (int i = 0; i < kept.length; i++) scores[ends.get(i)] = kept[i];
    }

    /// Take a token that the mask left, no end token; tell whether another one may follow.
    ///
    /// @param left tokens that may still be written
    public boolean take(int id, int left) {
        state = constraint.after(state, id);
        if (state == Automaton.DEAD) throw new IllegalStateException("the token " + id + " was not allowed");
        if (left == 0) return constraint.goesOn(state);
        mask = constraint.mask(state, left - 1);
        if (!mask.any() && !accepts())
            throw new IllegalStateException("no token leads from state " + state + " to an end in " + left);
        return mask.any();
    }
}
