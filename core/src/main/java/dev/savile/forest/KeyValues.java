package dev.savile.forest;

import dev.savile.engine.Tensor;

/// The keys and values of a run of positions, for every layer. Keys are already rotated to their positions.
public interface KeyValues {
    /// Number of positions, at least 1.
    int length();

    /// Return what one pass reads: itself, or values that are computed anew for each pass because they are being
    /// trained.
    default KeyValues forPass() {
        return this;
    }

    /// Keys of a layer, `[kvHeads, length, headDim]`.
    Tensor keys(int layer);

    /// Values of a layer, `[kvHeads, length, headDim]`.
    Tensor values(int layer);
}
