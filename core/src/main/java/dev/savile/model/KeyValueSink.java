package dev.savile.model;

import dev.savile.engine.Tensor;

/// Receive the keys and values that a pass computes.
@FunctionalInterface
public interface KeyValueSink {
    KeyValueSink NONE = (layer, keys, values) -> {};

    /// @param keys   rotated keys of all computed tokens, `[tokens, kvHeads, headDim]`
    /// @param values `[tokens, kvHeads, headDim]`
    void take(int layer, Tensor keys, Tensor values);
}
