package dev.savile.train;

/// Receive what happens during training.
public interface TrainingListener {
    TrainingListener NONE = new TrainingListener() {};

    default void step(StepEvent event) {}

    /// @param loss mean validation loss per target token
    /// @param best whether it is the smallest so far
    default void validated(long step, double loss, boolean best) {}

    default void checkpointed(long step) {}
}
