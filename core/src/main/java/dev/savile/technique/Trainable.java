package dev.savile.technique;

import dev.savile.engine.Tensor;

/// A tensor that training changes.
///
/// @param name   stable name, the key of its optimizer state and the basis of its name in files
/// @param value  the values, fp32 (fp64 in an fp64 model), a leaf of autograd
/// @param vector a norm, a bias or another one-dimensional tensor, which weight decay leaves alone by default
/// @param rate   factor on the learning rate
public record Trainable(String name, Tensor value, boolean vector, double rate) {
    public Trainable(String name, Tensor value, boolean vector) {
        this(name, value, vector, 1);
    }

    /// Return the same tensor with its owner's name before its own, where several have tensors of one name.
    public Trainable of(String owner) {
        return new Trainable(owner + "/" + name, value, vector, rate);
    }
}
