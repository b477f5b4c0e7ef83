package dev.savile.technique;

import dev.savile.model.Tuning;
import java.util.List;

/// A tuning whose tensors can be trained. It owns them until it is closed.
public interface TrainedTuning extends Tuning, AutoCloseable {
    /// The trained tensors in a fixed order.
    List<Trainable> trainables();

    /// Switch between training (dropout on) and use.
    void training(boolean on);

    /// Number of trained values.
    default long trainedValues() {
        return trainables().stream().mapToLong(t -> t.value().count()).sum();
    }

    @Override
    void close();
}
