package dev.savile.model;

import dev.savile.engine.Tensor;
import dev.savile.forest.KeyValues;
import java.util.ArrayList;
import java.util.List;

/// Keys and values that layers with graphs of their own read: their gradients gather here, and go on in one backward
/// pass, since the graph that made them can be walked only once.
final class DetachedKeyValues implements KeyValues {
    private final KeyValues source;
    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();

    DetachedKeyValues(KeyValues source, int layers) {
        this.source = source;
        for (int layer = 0; layer < layers; layer++) {
            keys.add(leaf(source.keys(layer)));
            values.add(leaf(source.values(layer)));
        }
    }

    private static Tensor leaf(Tensor source) {
        Tensor leaf = source.detach();
        return source.requiresGradient() ? leaf.requireGradient(true) : leaf;
    }

    @Override
    public int length() {
        return source.length();
    }

    @Override
    public Tensor keys(int layer) {
        return keys.get(layer);
    }

    @Override
    public Tensor values(int layer) {
        return values.get(layer);
    }

    void backward() {
        List<Tensor> sources = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        for (int layer = 0; layer < keys.size(); layer++) {
            add(source.keys(layer), keys.get(layer), sources, gradients);
            add(source.values(layer), values.get(layer), sources, gradients);
        }
        if (!sources.isEmpty()) Tensor.backward(sources, gradients);
    }

    private static void add(Tensor source, Tensor leaf, List<Tensor> sources, List<Tensor> gradients) {
        if (!leaf.hasGradient()) return;
        sources.add(source);
        gradients.add(leaf.gradient());
    }
}
