package dev.savile.technique;

import dev.savile.engine.Tensor;

/// A tensor that training changes.
///
/// @param name   stable name, the key of its optimizer state and the basis of its name in files
/// @param value  the values, fp32 (fp64 in an fp64 model), a leaf of autograd
/// @param vector a norm, a bias or another one-dimensional tensor, which weight decay leaves alone by default
/// @param rate   how its learning rate follows from the run's
public record Trainable(String name, Tensor value, boolean vector, Rate rate) {
    /// The learning rate of a tensor.
    public sealed interface Rate {
        /// That of the run.
        Rate USUAL = new Times(1);

        /// So many times that of the run.
        record Times(double factor) implements Rate {}

        /// A largest rate of its own, which rises and falls as that of the run.
        record Own(double largest) implements Rate {}
    }

    public Trainable(String name, Tensor value, boolean vector) {
        this(name, value, vector, Rate.USUAL);
    }

    /// Return the same tensor with its owner's name before its own, where several have tensors of one name.
    public Trainable of(String owner) {
        return new Trainable(owner + "/" + name, value, vector, rate);
    }
}
