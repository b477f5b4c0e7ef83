package dev.savile.train;

import dev.savile.objective.Fit;

/// Receive what happens during training.
public interface TrainingListener {
    TrainingListener NONE = new TrainingListener() {};

    default void step(StepEvent event) {}

    /// @param fit  how well the rows to validate on are predicted
    /// @param best whether its loss is the smallest so far
    default void validated(long step, Fit fit, boolean best) {}

    default void checkpointed(long step) {}
}
