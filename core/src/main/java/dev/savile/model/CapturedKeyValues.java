package dev.savile.model;

import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.KeyValues;
import dev.savile.forest.TokenForest;
import java.util.ArrayList;
import java.util.List;

/// The keys and values of a row that many others begin with: computed once, given to each of them.
public final class CapturedKeyValues implements KeyValues, AutoCloseable {
    private final int length;
    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();

    private CapturedKeyValues(int length) {
        this.length = length;
    }

    /// Compute the keys and values of a row of ids from position 0 on. The result belongs to the caller.
    public static CapturedKeyValues of(CausalLm model, Tuning tuning, int... ids) {
        var captured = new CapturedKeyValues(ids.length);
        try (var scope = Scope.open();
                var off = Grad.off()) {
            model.forward(TokenForest.ofRow(ids), tuning, (layer, k, v) -> {
                captured.keys.add(k.transpose(0, 1).contiguous().retain()); // [kvHeads, length, headDim]
                captured.values.add(v.transpose(0, 1).contiguous().retain());
            });
        }
        return captured;
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
