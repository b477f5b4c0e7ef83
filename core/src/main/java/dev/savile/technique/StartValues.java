package dev.savile.technique;

import dev.savile.engine.Tensor;

/// Give the starting values of a trained tensor: drawn, or read from a file.
@FunctionalInterface
public interface StartValues {
    /// @param name  name of the tensor, as [Trainable#name]
    /// @param shape its shape
    Tensor start(String name, long... shape);
}
