package dev.savile.train;

import dev.savile.common.UserError;
import java.util.Locale;

/// Tell when a training has gone astray: its loss or gradient is not finite, or its loss has exploded.
///
///     bound = max(4 * mean loss of the first 5 steps, 2 * ln(vocabulary))
///
/// Guessing each token at random costs ln(vocabulary) a token. A loss above the bound is worse than anything a
/// start can explain, whatever rows a step has; a bad rate reaches it within a few steps, a good one never does.
final class Divergence {
    /// Steps whose mean loss counts as that of the start; no loss is judged before the first of them is known.
    static final int FIRST_STEPS = 5;
    private static final double TIMES_START = 4;
    private static final double TIMES_CHANCE = 2;

    private final double chance;

    /// @param vocabulary number of tokens that a guess is made among
    Divergence(int vocabulary) {
        chance = Math.log(vocabulary);
    }

    /// Largest loss that counts as usual.
    ///
    /// @param state before the step
    double bound(TrainingState state) {
        return state.step() == 0 ? Double.MAX_VALUE : Math.max(TIMES_START * state.startLoss(), TIMES_CHANCE * chance);
    }

    /// Whether a loss is finite and within the bound.
    boolean usual(double loss, TrainingState state) {
        return loss <= bound(state); // not so for NaN
    }

    /// A step that must not be made.
    static final class Found extends Exception {
        private static final long serialVersionUID = 1;

        final double loss;
        final double norm;
        /// Whether all trained values are as they were before the step; else the last layers may have been updated.
        final boolean untouched;

        Found(double loss, double norm, boolean untouched) {
            super("loss " + loss + ", gradient norm " + norm, null, false, false);
            this.loss = loss;
            this.norm = norm;
            this.untouched = untouched;
        }
    }

    /// Say it to the user.
    ///
    /// @param batch rows of the step
    /// @param state before the step
    /// @param good  whether the values before the step are
    UserError error(Found found, Batch batch, TrainingState state, boolean good, String advice) {
        boolean exploded = Double.isFinite(found.loss) && Double.isFinite(found.norm);
        String what = exploded
                ? String.format(Locale.ROOT, "loss %.4g, above the bound of %.4g,", found.loss, bound(state))
                : "loss " + found.loss + " and gradient norm " + found.norm;
        return new UserError(
                "train.diverged",
                what + " at step " + (state.step() + 1) + " with " + batch.words(),
                why(found, good),
                advice);
    }

    private static String why(Found found, boolean good) {
        if (!found.untouched)
            return "the values would be useless from here on, and the last layers are updated already";
        return good
                ? "the values are good until here and would be useless from here on: the cause is in these rows, or the"
                        + " learning rate is too large"
                : "the values are useless since the step before: the learning rate is too large";
    }
}
