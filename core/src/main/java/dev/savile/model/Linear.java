package dev.savile.model;

import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A linear of the base model, and the site where a technique may change what it gives.
///
/// @param path   module path as Hugging Face names it, `model.layers.3.self_attn.q_proj`
/// @param matrix `[out, in]`
/// @param bias   `[out]`, or null
/// @param conv1d the checkpoint stores the weight as `[in, out]`
public record Linear(String path, Matrix matrix, @Nullable Tensor bias, boolean conv1d) {
    public Linear(String path, Tensor weight, @Nullable Tensor bias, boolean conv1d) {
        this(path, new Matrix.Whole(weight), bias, conv1d);
    }

    public int in() {
        return matrix.in();
    }

    public int out() {
        return matrix.out();
    }

    /// Return the weight, `[out, in]`; made anew at each call where it is kept in fewer bits.
    public Tensor weight() {
        return matrix.dense();
    }

    /// Return `x W^T + b` with the parameters that a tuning puts in place of the base's own. A weight in few bits stays
    /// as it is: techniques that would put another in its place are refused over such a base.
    public Tensor apply(Tuning tuning, Tensor x) {
        Tensor b = bias == null ? null : tuning.parameter(path + ".bias", bias);
        return switch (matrix) {
            case Matrix.Whole(Tensor dense) -> {
                Tensor w = tuning.parameter(path + ".weight", dense);
                yield b == null ? Ops.linear(x, w) : Ops.linear(x, w, b);
            }
            case Nf4 packed -> b == null ? packed.linear(x) : packed.linear(x).plus(b);
        };
    }

    /// List the parameters that a technique may put others in place of.
    void collect(Map<String, Tensor> parameters) {
        if (matrix instanceof Matrix.Whole(Tensor dense)) parameters.put(path + ".weight", dense);
        if (bias != null) parameters.put(path + ".bias", bias);
    }
}
