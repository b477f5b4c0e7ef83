package dev.savile.technique.soft;

import dev.savile.engine.Tensor;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import java.util.List;

/// What stands before a row as a table of vectors: a soft prompt or a prefix.
public abstract sealed class SoftTuning implements TrainedTuning permits SoftPromptTuning, PrefixTuning {
    final VectorTable table;

    SoftTuning(VectorTable table) {
        this.table = table;
    }

    /// Return the finished table as it is used, one row a virtual token or position.
    public Tensor vectors() {
        return table.finished(table::rows);
    }

    /// Whether the table is made by an encoder, which training goes on from.
    public boolean encoded() {
        return table.encoded();
    }

    @Override
    public List<Trainable> trainables() {
        return table.trainables();
    }

    @Override
    public void training(boolean on) {
        table.training(on);
    }

    @Override
    public void close() {
        table.close();
    }
}
