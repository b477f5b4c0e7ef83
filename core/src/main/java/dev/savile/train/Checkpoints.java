package dev.savile.train;

/// Keep the state of a run, so that it can go on after anything that may happen.
public interface Checkpoints {
    /// Load the newest good state into the optimizer and the trained tensors, or start anew.
    TrainingState resume(AdamWState optimizer, BestState best);

    /// Write the state; when the method returns it will survive a crash of the process or the computer.
    void save(AdamWState optimizer, BestState best, TrainingState state);

    /// Tell whether anything is kept.
    boolean keeps();

    /// Keep nothing.
    static Checkpoints none() {
        return NoCheckpoints.INSTANCE;
    }
}
