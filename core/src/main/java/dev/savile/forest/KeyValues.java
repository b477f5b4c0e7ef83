package dev.savile.forest;

import dev.savile.engine.Tensor;

/// The keys and values of a run of positions, for every layer. Keys are already rotated to their positions.
public interface KeyValues {
    /// Number of positions, at least 1.
    int length();

    /// Keys of a layer, `[kvHeads, length, headDim]`.
    Tensor keys(int layer);

    /// Values of a layer, `[kvHeads, length, headDim]`.
    Tensor values(int layer);
}
