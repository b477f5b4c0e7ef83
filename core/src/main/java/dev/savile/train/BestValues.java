package dev.savile.train;

import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.technique.Trainable;
import java.util.ArrayList;
import java.util.List;

/// Keep a copy of the trained values at the best validation so far.
final class BestValues implements BestState, AutoCloseable {
    private final List<Trainable> trainables;
    private final List<Tensor> copies = new ArrayList<>();

    BestValues(List<Trainable> trainables) {
        this.trainables = trainables;
    }

    @Override
    public boolean exists() {
        return !copies.isEmpty();
    }

    @Override
    public void capture() {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            if (copies.isEmpty())
                for (Trainable t : trainables)
                    copies.add(t.value().detach().copy().retain());
            else
                for (int i = 0; i < copies.size(); i++)
                    copies.get(i).copyInPlace(trainables.get(i).value().detach());
        }
    }

    /// Put the best values back; do nothing when there are none.
    void restore() {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (int i = 0; i < copies.size(); i++)
                trainables.get(i).value().detach().copyInPlace(copies.get(i));
        }
    }

    @Override
    public List<Trainable> values() {
        List<Trainable> named = new ArrayList<>();
        for (int i = 0; i < copies.size(); i++)
            named.add(new Trainable(
                    trainables.get(i).name(), copies.get(i), trainables.get(i).vector()));
        return named;
    }

    @Override
    public void close() {
        copies.forEach(Tensor::release);
    }
}
