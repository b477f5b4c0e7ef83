package dev.savile.model;

import dev.savile.engine.Tensor;

/// The values of a linear's weight, `[out, in]`, in one of the forms that they are kept in.
public sealed interface Matrix permits Matrix.Whole, Nf4 {
    int out();

    int in();

    /// Return all values in a floating-point type.
    Tensor dense();

    /// Values kept as they are used.
    ///
    /// @param dense `[out, in]`
    record Whole(Tensor dense) implements Matrix {
        @Override
        public int out() {
            return (int) dense.size(0);
        }

        @Override
        public int in() {
            return (int) dense.size(1);
        }
    }
}
