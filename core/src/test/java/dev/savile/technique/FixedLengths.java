package dev.savile.technique;

import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.model.CausalLm;
import dev.savile.model.Linear;
import dev.savile.model.Tuning;
import dev.savile.technique.lora.LoraTuning;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// DoRA as its definition has it, with the rows' lengths N kept as they were when this was made:
/// `y = x (m / N * (W + scale * B A))^T + b`. The trained values are the tuning's own, so that a change of one is seen.
///
/// @param values  trained tensors by name
/// @param lengths N of each adapted linear, `[out]`, by path
record FixedLengths(LoraTuning dora, Map<String, Tensor> values, Map<String, Tensor> lengths) implements Tuning {
    static FixedLengths of(LoraTuning dora, CausalLm model) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (Trainable trained : dora.trainables()) values.put(trained.name(), trained.value());
        var fixed = new FixedLengths(dora, values, new LinkedHashMap<>());
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (Linear site : model.linears())
                if (dora.adapted().contains(site.path()))
                    fixed.lengths.put(
                            site.path(),
                            scope.keep(fixed.sum(site).squared().sum(1, false).sqrt()));
        }
        return fixed;
    }

    private Tensor value(String name) {
        return Objects.requireNonNull(values.get(name));
    }

    /// `W + scale * B A`
    private Tensor sum(Linear site) {
        Tensor update = value(site.path() + ".lora_B.weight").matmul(value(site.path() + ".lora_A.weight"));
        return site.weight().plus(update, dora.spec().scaleOf(site.path()));
    }

    private Tensor weight(Linear site, Tensor length) {
        Tensor magnitude = value(site.path() + ".lora_magnitude_vector");
        return sum(site).times(magnitude.dividedBy(length).unsqueeze(1));
    }

    @Override
    public Tensor linear(Linear site, Tensor x) {
        Tensor length = lengths.get(site.path());
        if (length == null) return site.apply(this, x);
        Tensor y = Ops.linear(x, weight(site, length));
        return site.bias() == null ? y : y.plus(parameter(site.path() + ".bias", site.bias()));
    }

    @Override
    public Tensor headWeight(Linear head) {
        Tensor length = lengths.get(head.path());
        return length == null ? Tuning.super.headWeight(head) : weight(head, length);
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        return dora.parameter(name, base);
    }
}
