package dev.savile.model;

import java.util.function.IntConsumer;

/// How a pass comes by the values that its backward pass needs, and who learns of a layer's end in that pass.
///
/// @param recomputed whether each layer keeps only its input and runs a second time in the backward pass: a third more
///                   arithmetic, and the values of one layer in memory instead of those of all (Chen et al., "Training
///                   deep nets with sublinear memory cost", 2016)
/// @param afterLayer told in the backward pass, from the last layer down, that the gradients of a layer's own
///                   parameters are complete. A layer into which no gradient flows on is not told of
public record Activations(boolean recomputed, IntConsumer afterLayer) {
    /// All values are kept, and nobody is told.
    public static final Activations KEPT = new Activations(false, layer -> {});

    private static final Activations RECOMPUTED = new Activations(true, layer -> {});

    /// Return values that are kept or recomputed, and nobody is told.
    public static Activations of(boolean recomputed) {
        return recomputed ? RECOMPUTED : KEPT;
    }
}
