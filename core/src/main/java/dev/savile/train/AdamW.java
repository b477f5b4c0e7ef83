package dev.savile.train;

import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.technique.Trainable;
import dev.savile.technique.Trainable.Rate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// AdamW over all trained tensors, with decoupled weight decay.
///
/// *Paper*: Loshchilov and Hutter, "Decoupled weight decay regularization", 2017.
/// *Reference*: PyTorch's AdamW; trajectories of 12 steps within 1e-4.
final class AdamW implements AdamWState, AutoCloseable {
    /// Narrow averages are made wide so many values at a time: 20 MB with what rounding them needs.
    private static final int PIECE_VALUES = 1 << 20;

    private final TrainingOptions options;
    private final List<Slot> slots = new ArrayList<>();
    private final int pieceValues;
    private long steps;

    AdamW(List<Trainable> trainables, TrainingOptions options) {
        this(trainables, options, PIECE_VALUES);
    }

    AdamW(List<Trainable> trainables, TrainingOptions options, int pieceValues) {
        this.options = options;
        this.pieceValues = pieceValues;
        for (Trainable trainable : trainables) {
            Tensor value = trainable.value();
            slots.add(new Slot(trainable, zeros(value), zeros(value)));
        }
    }

    private Tensor zeros(Tensor like) {
        try (var scope = Scope.open()) {
            DType type = options.saving().narrowMoments() ? DType.BF16 : like.dtype();
            return Tensors.zeros(type, like.device(), like.shape()).retain();
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
        begin();
        double clip = options.clipNorm() > 0 ? Math.min(1, options.clipNorm() / (norm + 1e-6)) : 1;
        update(slots, learningRate, clip);
    }

    /// Begin a step whose tensors are updated in several calls of [#updateSome].
    void begin() {
        steps++;
    }

    /// Update those of some tensors that have a gradient, unclipped, and forget it; where it is not finite, nothing is
    /// updated.
    ///
    /// @return the sum of the squared gradients
    double updateSome(Predicate<Trainable> chosen, double learningRate) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<Slot> some = slots.stream()
                    .filter(slot -> slot.trainable().value().hasGradient() && chosen.test(slot.trainable()))
                    .toList();
            double squares = Ops.squaredNorm(some.stream()
                    .map(slot -> slot.trainable().value().gradient())
                    .toList());
            if (Double.isFinite(squares)) update(some, learningRate, 1);
            return squares;
        }
    }

    /// @param clip factor on the gradients
    private void update(List<Slot> some, double learningRate, double clip) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Map<Group, List<Slot>> groups = new LinkedHashMap<>();
            for (Slot slot : some) {
                Trainable trained = slot.trainable();
                if (!trained.value().hasGradient()) continue;
                boolean decays = !trained.vector() || options.decayVectors();
                groups.computeIfAbsent(new Group(decays, trained.rate()), group -> new ArrayList<>())
                        .add(slot);
            }
            groups.forEach((group, members) -> update(group, members, learningRate, clip));
        }
        for (Slot slot : some) slot.trainable().value().clearGradient();
    }

    /// Tensors that are updated alike, in one call.
    private record Group(boolean decays, Rate rate) {}

    /// Drop the gradients without an update.
    void forget() {
        for (Slot slot : slots) slot.trainable().value().clearGradient();
    }

    private void update(Group kind, List<Slot> group, double learningRate, double clip) {
        double rate =
                switch (kind.rate) {
                    case Rate.Times(double factor) -> learningRate * factor;
                    case Rate.Own(double largest) -> largest * learningRate / options.learningRate();
                };
        double weightDecay = kind.decays ? options.weightDecay() : 0;
        if (!options.saving().narrowMoments()) {
            List<Tensor> values =
                    group.stream().map(slot -> slot.trainable().value()).toList();
            update(
                    values,
                    values.stream().map(Tensor::gradient).toList(),
                    group.stream().map(Slot::average).toList(),
                    group.stream().map(Slot::squareAverage).toList(),
                    rate,
                    weightDecay,
                    clip);
            return;
        }
        for (Slot slot : group) updateNarrow(slot, rate, weightDecay, clip);
    }

    /// Update a tensor whose averages are narrow, so that the wide ones of a piece alone are there at a time. The
    /// chances of rounding are drawn piece by piece: first for the average, then for that of the squares.
    private void updateNarrow(Slot slot, double rate, double weightDecay, double clip) {
        Tensor value = slot.trainable().value();
        try (var scope = Scope.open()) {
            Tensor values = value.detach().flat();
            Tensor gradients = value.gradient().flat();
            Tensor averages = slot.average().flat();
            Tensor squareAverages = slot.squareAverage().flat();
            for (long from = 0; from < values.count(); from += pieceValues) {
                long length = Math.min(pieceValues, values.count() - from);
                try (var piece = Scope.open()) {
                    Tensor narrowAverage = averages.narrow(0, from, length);
                    Tensor narrowSquareAverage = squareAverages.narrow(0, from, length);
                    Tensor average = narrowAverage.to(DType.F32);
                    Tensor squareAverage = narrowSquareAverage.to(DType.F32);
                    update(
                            List.of(values.narrow(0, from, length)),
                            List.of(gradients.narrow(0, from, length)),
                            List.of(average),
                            List.of(squareAverage),
                            rate,
                            weightDecay,
                            clip);
                    narrowAverage.copyInPlace(Ops.roundByChance(average));
                    narrowSquareAverage.copyInPlace(Ops.roundByChance(squareAverage));
                }
            }
        }
    }

    private void update(
            List<Tensor> values,
            List<Tensor> gradients,
            List<Tensor> averages,
            List<Tensor> squareAverages,
            double rate,
            double weightDecay,
            double clip) {
        Ops.adamW(
                new Ops.AdamW(
                        values,
                        gradients,
                        averages,
                        squareAverages,
                        options.beta1(),
                        options.beta2(),
                        options.epsilon(),
                        weightDecay),
                steps,
                rate,
                clip);
    }

    @Override
    public void close() {
        for (Slot slot : slots) {
            slot.average().release();
            slot.squareAverage().release();
        }
    }
}
