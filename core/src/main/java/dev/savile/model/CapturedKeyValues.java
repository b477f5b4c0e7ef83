package dev.savile.model;

import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.KeyValues;
import dev.savile.forest.TokenForest;
import java.util.ArrayList;
import java.util.List;

/// The keys and values of a row that many others begin with: computed once, given to each of them. What a tuning
/// puts before every row is part of them.
public final class CapturedKeyValues implements KeyValues, AutoCloseable {
    private final int length;
    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();

    private CapturedKeyValues(int length) {
        this.length = length;
    }

    /// Compute the keys and values of a row of ids from position 0 on. The result belongs to the caller.
    public static CapturedKeyValues of(CausalLm model, Tuning tuning, int... ids) {
        Lead lead = tuning.lead();
        var captured = new CapturedKeyValues(lead.length() + ids.length);
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<KeyValues> given =
                    lead.given().stream().map(KeyValues::forPass).toList();
            var builder = TokenForest.builder();
            builder.ids(lead.plant(builder), ids);
            model.forward(builder.build(), tuning, (layer, k, v) -> {
                captured.keys.add(behind(given.stream().map(g -> g.keys(layer)).toList(), k));
                captured.values.add(
                        behind(given.stream().map(g -> g.values(layer)).toList(), v));
            });
        }
        return captured;
    }

    /// @param own `[tokens, kvHeads, headDim]`
    /// @return `[kvHeads, length, headDim]`
    private static Tensor behind(List<Tensor> given, Tensor own) {
        List<Tensor> parts = new ArrayList<>();
        for (Tensor tensor : given) parts.add(tensor.to(own.dtype()));
        parts.add(own.transpose(0, 1));
        return Tensors.concatenate(parts, 1).contiguous().retain();
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public Tensor keys(int layer) {
        return keys.get(layer);
    }

    @Override
    public Tensor values(int layer) {
        return values.get(layer);
    }

    @Override
    public void close() {
        keys.forEach(Tensor::release);
        values.forEach(Tensor::release);
    }
}
