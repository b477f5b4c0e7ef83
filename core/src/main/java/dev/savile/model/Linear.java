package dev.savile.model;

import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A linear of the base model, and the site where a technique may change what it gives.
///
/// @param path   module path as Hugging Face names it, `model.layers.3.self_attn.q_proj`
/// @param weight `[out, in]`
/// @param bias   `[out]`, or null
/// @param conv1d the checkpoint stores the weight as `[in, out]`
public record Linear(String path, Tensor weight, @Nullable Tensor bias, boolean conv1d) {
    public int in() {
        return (int) weight.size(1);
    }

    public int out() {
        return (int) weight.size(0);
    }

    /// Return `x W^T + b` with the parameters that a tuning puts in place of the base's own.
    public Tensor apply(Tuning tuning, Tensor x) {
        Tensor w = tuning.parameter(path + ".weight", weight);
        return bias == null ? Ops.linear(x, w) : Ops.linear(x, w, tuning.parameter(path + ".bias", bias));
    }

    void collect(Map<String, Tensor> parameters) {
        parameters.put(path + ".weight", weight);
        if (bias != null) parameters.put(path + ".bias", bias);
    }
}
