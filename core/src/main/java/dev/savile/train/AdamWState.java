package dev.savile.train;

import dev.savile.engine.Tensor;
import dev.savile.technique.Trainable;
import java.util.List;

/// The part of an optimizer that a checkpoint keeps.
public interface AdamWState {
    /// A trained tensor and its moments.
    record Slot(Trainable trainable, Tensor average, Tensor squareAverage) {}

    List<Slot> slots();

    /// Number of updates made.
    long steps();

    /// Go on after so many updates.
    void resumeAt(long made);
}
