package dev.savile.model;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Take the parts of a decoder out of a checkpoint, checking that each is there, has the right shape, and none is
/// left over.
final class Parts {
    private final ModelSpec spec;
    private final Weights weights;
    private final TreeSet<String> unused;
    private final List<Tensor> views = new ArrayList<>();
    private final List<Nf4> packed = new ArrayList<>();
    private final WeightStorage storage;
    private final DType type;
    private final Device device;

    Parts(ModelSpec spec, Weights weights, WeightStorage storage, DType type, Device device) {
        this.spec = spec;
        this.weights = weights;
        this.storage = storage;
        this.type = type;
        this.device = device;
        unused = new TreeSet<>(weights.names());
    }

    Layer layer(int index) {
        WeightNames names = spec.names();
        int q = spec.queryWidth();
        int kv = spec.keyValueWidth();
        List<Linear> projections = new ArrayList<>();
        if (names.queryKeyValue().size() == 1) {
            projections.add(linear(names.queryKeyValue().getFirst(), index, q + 2 * kv, spec.hidden()));
        } else {
            projections.add(linear(names.queryKeyValue().get(0), index, q, spec.hidden()));
            projections.add(linear(names.queryKeyValue().get(1), index, kv, spec.hidden()));
            projections.add(linear(names.queryKeyValue().get(2), index, kv, spec.hidden()));
        }
        return new Layer(
                norm(at(names.inputNorm(), index)),
                List.copyOf(projections),
                headNorm(names.queryNorm(), index),
                headNorm(names.keyNorm(), index),
                linear(names.attentionOut(), index, spec.hidden(), q),
                norm(at(names.feedForwardNorm(), index)),
                names.gate() == null ? null : linear(names.gate(), index, spec.feedForward(), spec.hidden()),
                linear(names.up(), index, spec.feedForward(), spec.hidden()),
                linear(names.down(), index, spec.hidden(), spec.feedForward()));
    }

    NormWeights norm(String path) {
        boolean shifted = spec.norm().kind() == ModelSpec.Norm.Kind.LAYER;
        return new NormWeights(
                path, shaped(path + ".weight", spec.hidden()), shifted ? shaped(path + ".bias", spec.hidden()) : null);
    }

    private @Nullable NormWeights headNorm(@Nullable String pattern, int index) {
        if (pattern == null) return null;
        String path = at(pattern, index);
        return new NormWeights(path, shaped(path + ".weight", spec.headDim()), null);
    }

    private Linear linear(String pattern, int index, int out, int in) {
        String path = at(pattern, index);
        boolean conv1d = spec.names().transposed();
        String name = path + ".weight";
        long[] shape = conv1d ? new long[] {in, out} : new long[] {out, in};
        boolean biased = spec.names().biased().contains(path.substring(path.lastIndexOf('.') + 1));
        Tensor bias = biased ? shaped(path + ".bias", out) : null;
        if (storage == WeightStorage.NF4) return new Linear(path, packed(name, shape), bias, conv1d);
        Tensor weight = shaped(name, shape);
        return new Linear(path, conv1d ? view(weight) : weight, bias, conv1d);
    }

    /// Pack a weight. Neither its pages nor, on another device, the whole weight stay in memory.
    private Matrix packed(String name, long... shape) {
        String key = present(name);
        try (var scope = Scope.open()) {
            Tensor stored = requireShape(name, weights.stored(key), shape);
            Tensor weight = spec.names().transposed() ? stored.transposed() : stored;
            Nf4 matrix = Nf4.of(weight.on(device), type);
            packed.add(matrix);
            weights.unload(key);
            return matrix;
        }
    }

    List<Nf4> packed() {
        return List.copyOf(packed);
    }

    /// Look at a weight that is stored `[in, out]` as `[out, in]`. The view outlives the scope it is made in; the
    /// model releases it.
    private Tensor view(Tensor stored) {
        Tensor view = stored.transposed().retain();
        views.add(view);
        return view;
    }

    List<Tensor> views() {
        return List.copyOf(views);
    }

    Tensor tensor(String name) {
        return weights.tensor(present(name));
    }

    /// Return the name that the checkpoint has a tensor under, and count it as used.
    private String present(String name) {
        String stored = spec.names().stored(name, weights);
        if (!weights.has(stored))
            throw new UserError(
                    "model.weights",
                    "the weights have no tensor " + name,
                    "the model of config.json cannot be built without it",
                    "fetch the model again, or check that config.json belongs to these weights");
        unused.remove(stored);
        return stored;
    }

    private Tensor shaped(String name, long... shape) {
        return requireShape(name, tensor(name), shape);
    }

    private static Tensor requireShape(String name, Tensor tensor, long... shape) {
        if (!Arrays.equals(tensor.shape(), shape))
            throw new UserError(
                    "model.weights",
                    name + " has the shape " + Arrays.toString(tensor.shape()) + ", expected " + Arrays.toString(shape),
                    "config.json and the weights describe different models",
                    "fetch the model again, or check that config.json belongs to these weights");
        return tensor;
    }

    /// Refuse a checkpoint with tensors that this decoder would ignore: it is another model than config.json says.
    void refuseLeftovers() {
        unused.removeIf(name -> name.endsWith(".rotary_emb.inv_freq")
                || (name.endsWith(".attn.bias") && spec.names().transposed()) // GPT-2's causal mask, a constant
                || name.endsWith(".attn.masked_bias")
                || (spec.tiedHead() && name.equals(spec.names().head() + ".weight")));
        if (!unused.isEmpty())
            throw new UserError(
                    "model.weights",
                    "the weights hold " + unused.size() + " tensors that the model of config.json does not have: "
                            + String.join(", ", unused.stream().limit(5).toList()),
                    "ignoring them would silently run another model",
                    "check that config.json belongs to these weights");
    }

    private static String at(String pattern, int layer) {
        return String.format(Locale.ROOT, pattern, layer);
    }
}
