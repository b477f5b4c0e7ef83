package dev.savile.train;

/// Keep the state of a run, so that it can go on after anything that may happen.
public interface Checkpoints {
    /// Load the newest good state into the optimizer and the trained tensors, or start anew.
    TrainingState resume(AdamWState optimizer, BestState best);

    /// Write the state; when the method returns it will survive a crash of the process or the computer.
    void save(AdamWState optimizer, BestState best, TrainingState state);

    /// Take note that the run has diverged: give up what was saved after the last good step, and let the run go on
    /// from there with another learning rate.
    ///
    /// @return step of the newest state that is left; 0 for none
    long diverged(long lastGoodStep);

    /// Take the optimizer's state at the end of a run, when the trained tensors hold the values that it belongs to.
    default void finished(AdamWState optimizer) {}

    /// Take note that the trained tensors hold the values of an earlier step, to which the optimizer's state does not
    /// belong.
    default void outdated() {}

    /// Tell whether anything is kept.
    boolean keeps();

    /// Keep nothing.
    static Checkpoints none() {
        return NoCheckpoints.INSTANCE;
    }
}
