package dev.savile.train;

import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.technique.Trainable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// AdamW over all trained tensors, with decoupled weight decay.
///
/// *Paper*: Loshchilov and Hutter, "Decoupled weight decay regularization", 2017.
/// *Reference*: PyTorch's AdamW; trajectories of 12 steps within 1e-4.
final class AdamW implements AdamWState, AutoCloseable {
    private final TrainingOptions options;
    private final List<Slot> slots = new ArrayList<>();
    private long steps;

    AdamW(List<Trainable> trainables, TrainingOptions options) {
        this.options = options;
        for (Trainable trainable : trainables) {
            Tensor value = trainable.value();
            slots.add(new Slot(trainable, zeros(value), zeros(value)));
        }
    }

    private static Tensor zeros(Tensor like) {
        try (var scope = Scope.open()) {
            return Tensors.zeros(like.dtype(), like.device(), like.shape()).retain();
        }
    }

    @Override
    public List<Slot> slots() {
        return slots;
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public void resumeAt(long made) {
        steps = made;
    }

    /// Return the norm of all gradients together.
    double gradientNorm() {
        List<Tensor> gradients = new ArrayList<>();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (Slot slot : slots)
                if (slot.trainable().value().hasGradient())
                    gradients.add(slot.trainable().value().gradient());
            return Math.sqrt(Ops.squaredNorm(gradients));
        }
    }

    /// Update all tensors that have a gradient, clipped to the norm of the options, and forget the gradients.
    ///
    /// @param norm norm of all gradients, as [#gradientNorm] gave it
    void step(double learningRate, double norm) {
        steps++;
        try (var scope = Scope.open();
                var off = Grad.off()) {
            double clip = options.clipNorm() > 0 ? Math.min(1, options.clipNorm() / (norm + 1e-6)) : 1;
            Map<Group, List<Slot>> groups = new LinkedHashMap<>();
            for (Slot slot : slots) {
                Trainable trained = slot.trainable();
                if (!trained.value().hasGradient()) continue;
                if (clip < 1) trained.value().gradient().multiplyInPlace(clip);
                boolean decays = !trained.vector() || options.decayVectors();
                groups.computeIfAbsent(new Group(decays, trained.rate()), group -> new ArrayList<>())
                        .add(slot);
            }
            groups.forEach((group, members) ->
                    update(members, learningRate * group.rate, group.decays ? options.weightDecay() : 0));
        }
        forget();
    }

    /// Tensors that are updated alike, in one call.
    private record Group(boolean decays, double rate) {}

    /// Drop the gradients without an update.
    void forget() {
        for (Slot slot : slots) slot.trainable().value().clearGradient();
    }

    private void update(List<Slot> group, double learningRate, double weightDecay) {
        Ops.adamW(
                new Ops.AdamW(
                        group.stream().map(slot -> slot.trainable().value()).toList(),
                        group.stream()
                                .map(slot -> slot.trainable().value().gradient())
                                .toList(),
                        group.stream().map(Slot::average).toList(),
                        group.stream().map(Slot::squareAverage).toList(),
                        options.beta1(),
                        options.beta2(),
                        options.epsilon(),
                        weightDecay),
                steps,
                learningRate);
    }

    @Override
    public void close() {
        for (Slot slot : slots) {
            slot.average().release();
            slot.squareAverage().release();
        }
    }
}
