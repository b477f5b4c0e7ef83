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
}
