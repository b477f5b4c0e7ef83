package dev.savile.train;

import dev.savile.technique.Trainable;
import java.util.List;

/// The values at the best validation so far, as a checkpoint keeps them.
public interface BestState {
    boolean exists();

    /// The kept values, named as the trained tensors are.
    List<Trainable> values();

    /// Make copies of the present values; a resumed run then fills them.
    void capture();
}
