package dev.savile.model;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Run a token forest through a decoder.
///
/// The model holds the base weights, which never change; what a technique changes is asked of a [Tuning] at every
/// call, so that many tunings work over one copy. All calls belong on the engine's thread, inside a scope.
public final class CausalLm implements AutoCloseable {
    private final ModelSpec spec;
    private final Precision precision;
    private final Device device;
    private final Weights weights;
    private final Tensor embedding;
    private final @Nullable Tensor learnedPositions;
    private final List<Layer> layers;
    private final NormWeights finalNorm;
    private final Linear head;
    private final List<Tensor> views;
    private final List<Nf4> packed;

    private CausalLm(ModelSpec spec, Weights weights, WeightStorage storage, Precision precision, Device device) {
        this.spec = spec;
        this.weights = weights;
        this.precision = precision;
        this.device = device;
        var parts = new Parts(spec, weights, storage, precision.linear(), device);
        embedding = parts.tensor(spec.names().embedding() + ".weight");
        String positions = spec.names().positions();
        learnedPositions = positions == null ? null : parts.tensor(positions + ".weight");
        layers = new ArrayList<>();
        for (int i = 0; i < spec.layers(); i++) layers.add(parts.layer(i));
        finalNorm = parts.norm(spec.names().finalNorm());
        head = spec.tiedHead()
                ? new Linear(spec.names().head(), embedding, null, false)
                : new Linear(spec.names().head(), parts.tensor(spec.names().head() + ".weight"), null, false);
        parts.refuseLeftovers();
        views = parts.views();
        packed = parts.packed();
    }

    /// Build the decoder of a specification over weights, which must have the type of `precision.linear()`.
    /// The model closes the weights when it is closed.
    ///
    /// @throws UserError `model.weights` when a tensor is missing, left over or of the wrong
    ///         shape
    public static CausalLm of(ModelSpec spec, Weights weights, Precision precision, Device device) {
        return of(spec, weights, WeightStorage.WHOLE, precision, device);
    }

    /// Build it with the weights of its layers' linears in a form of fewer bits.
    public static CausalLm of(
            ModelSpec spec, Weights weights, WeightStorage storage, Precision precision, Device device) {
        try (var scope = Scope.open()) {
            return new CausalLm(spec, weights, storage, precision, device);
        }
    }

    /// Whether the weights of the layers' linears are kept in few bits, and can therefore not be changed.
    public boolean quantized() {
        return !packed.isEmpty();
    }

    /// Refuse what would change weights that are kept in few bits.
    ///
    /// @param what the technique or its setting, as a sentence's subject
    /// @throws UserError `model.quantized`
    public void requireWhole(String what) {
        if (quantized())
            throw new UserError(
                    "model.quantized",
                    what + " changes weights of the base, which are kept in 4 bits here",
                    "a change would be rounded away",
                    "leave --quantize away, or use a technique that adds to a frozen base, such as lora");
    }

    public ModelSpec spec() {
        return spec;
    }

    public Precision precision() {
        return precision;
    }

    public Device device() {
        return device;
    }

    public Weights weights() {
        return weights;
    }

    /// List all linears of the decoder in the order in which they are used, the output head last.
    public List<Linear> linears() {
        List<Linear> all = new ArrayList<>();
        for (Layer layer : layers) {
            all.addAll(layer.queryKeyValue());
            all.add(layer.attentionOut());
            if (layer.gate() != null) all.add(layer.gate());
            all.add(layer.up());
            all.add(layer.down());
        }
        all.add(head);
        return all;
    }

    /// Return the last parts of the linears' paths, each once: `q_proj`, `k_proj`.
    public List<String> linearNames() {
        return linears().stream()
                .map(linear -> linear.path().substring(linear.path().lastIndexOf('.') + 1))
                .distinct()
                .toList();
    }

    /// List all parameters by name, with their logical shapes (`[out, in]` for linears), in a fixed order. A tied
    /// head is not listed beside the embedding.
    public Map<String, Tensor> namedParameters() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        all.put(spec.names().embedding() + ".weight", embedding);
        if (learnedPositions != null) all.put(spec.names().positions() + ".weight", learnedPositions);
        for (Layer layer : layers) {
            layer.inputNorm().collect(all);
            layer.queryKeyValue().forEach(linear -> linear.collect(all));
            if (layer.queryNorm() != null) layer.queryNorm().collect(all);
            if (layer.keyNorm() != null) layer.keyNorm().collect(all);
            layer.attentionOut().collect(all);
            layer.feedForwardNorm().collect(all);
            if (layer.gate() != null) layer.gate().collect(all);
            layer.up().collect(all);
            layer.down().collect(all);
        }
        finalNorm.collect(all);
        if (!spec.tiedHead()) head.collect(all);
        return all;
    }

    /// Return the layer that a parameter or a part of one belongs to, by the name that begins with its path; -1 for
    /// none.
    public int layerOf(String name) {
        String pattern = spec.names().inputNorm();
        String before = pattern.substring(0, pattern.indexOf("%d"));
        if (!name.startsWith(before)) return -1;
        int dot = name.indexOf('.', before.length());
        String index = dot < 0 ? "" : name.substring(before.length(), dot);
        return index.matches("\\d{1,9}") ? Integer.parseInt(index) : -1;
    }

    /// Token embedding, `[vocabulary, hidden]`.
    public Tensor embeddingTable() {
        return embedding;
    }

    /// Run a forest; return the hidden values before the final norm, `[tokens, hidden]`.
    public Tensor forward(TokenForest forest, Tuning tuning) {
        return forward(forest, tuning, KeyValueSink.NONE);
    }

    /// Run a forest and hand the keys and values of all its tokens, layer by layer, to a sink.
    public Tensor forward(TokenForest forest, Tuning tuning, KeyValueSink sink) {
        return forward(forest, tuning, sink, null, Activations.KEPT);
    }

    /// Run a forest through the first layers only, for no backward pass; return the residual stream behind them,
    /// `[tokens, hidden]`.
    ///
    /// @param depth number of layers; 0 gives the embedded tokens, all layers give what [#forward] does
    public Tensor hidden(TokenForest forest, Tuning tuning, int depth) {
        if (depth < 0 || depth > layers.size())
            throw new IllegalArgumentException("depth must lie between 0 and " + layers.size() + ", got " + depth);
        var pass = new ForestPass(this, forest, false);
        Tensor x = embed(forest, tuning);
        for (int i = 0; i < depth; i++) {
            try (var scope = Scope.open()) {
                x = scope.keep(layer(i, x, pass, tuning, KeyValueSink.NONE, null));
            }
        }
        return x;
    }

    /// Run a forest; return the hidden values of some tokens only, `[places, hidden]`. The last layer computes
    /// nothing but keys and values for all others.
    ///
    /// @param places tokens, in any order
    public Tensor forwardAt(TokenForest forest, Tuning tuning, int... places) {
        return forwardAt(forest, tuning, Activations.KEPT, places);
    }

    /// Run a forest for a backward pass; return the hidden values of some tokens only, `[places, hidden]`.
    public Tensor forwardAt(TokenForest forest, Tuning tuning, Activations activations, int... places) {
        return forward(forest, tuning, KeyValueSink.NONE, Tensors.of(places).on(device), activations);
    }

    private Tensor forward(
            TokenForest forest, Tuning tuning, KeyValueSink sink, @Nullable Tensor places, Activations activations) {
        boolean recomputing = activations.recomputed() && layers.size() > 1; // the last layer is kept in any case
        long seed = recomputing ? Ops.drawSeed() : 0;
        var pass = new ForestPass(this, forest, recomputing);
        Tensor x = embed(forest, tuning); // [tokens, hidden]
        for (int i = 0; i < layers.size(); i++) {
            // What the backward pass needs is kept by its graph; all else is given back layer by layer.
            try (var scope = Scope.open()) {
                boolean last =
                        i == layers.size() - 1; // its values are needed right away: nothing is saved by dropping them
                x = scope.keep(
                        recomputing && !last
                                ? recomputed(i, x, pass, tuning, activations, seed + i)
                                : layer(i, told(i, x, activations), pass, tuning, sink, last ? places : null));
            }
        }
        return x;
    }

    /// Pass on the input of a layer whose end in the backward pass is to be told.
    private static Tensor told(int index, Tensor x, Activations activations) {
        if (activations.equals(Activations.KEPT) || !Grad.wanted(x)) return x;
        return Grad.through(x, dx -> {
            activations.afterLayer().accept(index);
            return dx;
        });
    }

    /// Run a layer without keeping anything but its input; the backward pass runs it again.
    ///
    /// @param seed of the layer's dropout, which must draw the same both times
    private Tensor recomputed(int index, Tensor x, ForestPass pass, Tuning tuning, Activations activations, long seed) {
        // A formula is asked only for what has a gradient, and the layer's parameters need one in any case.
        Tensor input = x.requiresGradient() ? x : x.detach().requireGradient(true);
        Tensor seen = input.detach();
        Tensor value;
        try (var off = Grad.off()) {
            Ops.seed(seed);
            value = layer(index, seen, pass, tuning, KeyValueSink.NONE, null);
        }
        return Grad.replaced(
                input,
                value,
                dy -> {
                    Tensor again = seen.detach().requireGradient(true);
                    try (var on = Grad.on()) {
                        Ops.seed(seed);
                        layer(index, again, pass, tuning, KeyValueSink.NONE, null)
                                .backward(dy);
                    }
                    activations.afterLayer().accept(index);
                    if (index == 0) pass.backward();
                    return again.gradient();
                },
                seen);
    }

    /// Return the logits of hidden rows, `[rows, hidden]` to `[rows, vocabulary]`.
    public Tensor logits(Tensor hidden, Tuning tuning) {
        return tuning.linear(headFor(tuning), normed(hidden, tuning));
    }

    /// Apply the final norm to hidden rows.
    public Tensor normed(Tensor hidden, Tuning tuning) {
        return normalize(finalNorm, hidden, tuning);
    }

    /// Return the head's weight, `[vocabulary, hidden]`, as a tuning has it: a tied head follows the trained
    /// embedding.
    public Tensor headWeight(Tuning tuning) {
        return tuning.headWeight(headFor(tuning));
    }

    /// Whether a tuning makes the head's weight of others; see [Tuning#makesHead].
    public boolean makesHead(Tuning tuning) {
        return tuning.makesHead(head);
    }

    private Linear headFor(Tuning tuning) {
        if (!spec.tiedHead()) return head;
        Tensor table = tuning.parameter(spec.names().embedding() + ".weight", embedding);
        return new Linear(head.path(), table, null, false);
    }

    private Tensor embed(TokenForest forest, Tuning tuning) {
        int[] ids = new int[forest.tokens()];
        SortedMap<Integer, Tensor> given = new TreeMap<>(); // by the place of the first token
        for (int i = 0; i < forest.segments().size(); i++) {
            switch (forest.segments().get(i)) {
                case Segment.Ids segment -> System.arraycopy(segment.ids(), 0, ids, forest.start(i), segment.length());
                case Segment.Vectors vectors -> given.put(forest.start(i), vectors.vectors());
                case Segment.Past _ -> {}
            }
        }
        takeVirtual(ids, tuning, given);
        Tensor x = tuning.embedding(
                spec.names().embedding(), embedding, Tensors.of(ids).on(device));
        x = placeVectors(x.to(precision.linear()), given);
        if (learnedPositions == null) return x;
        Tensor table = tuning.parameter(spec.names().positions() + ".weight", learnedPositions);
        return x.plus(
                Ops.embedding(table, Tensors.of(forest.positions()).on(device)).to(precision.linear()));
    }

    /// Ask for the vectors of all virtual tokens at once, and put id 0 in their places.
    private void takeVirtual(int[] ids, Tuning tuning, Map<Integer, Tensor> given) {
        int vocabulary = spec.vocabulary();
        int[] virtual = Arrays.stream(ids)
                .filter(id -> id >= vocabulary)
                .map(id -> id - vocabulary)
                .toArray();
        if (virtual.length == 0) return;
        Tensor vectors = tuning.virtual(virtual);
        int taken = 0;
        for (int from = 0; from < ids.length; ) {
            int to = from;
            while (to < ids.length && ids[to] >= vocabulary) ids[to++] = 0;
            if (to > from) given.put(from, vectors.narrow(0, taken, to - from));
            taken += to - from;
            from = to + 1;
        }
    }

    /// Put given vectors in place of the embedded tokens that only held their places.
    private static Tensor placeVectors(Tensor x, SortedMap<Integer, Tensor> given) {
        if (given.isEmpty()) return x;
        List<Tensor> parts = new ArrayList<>();
        long done = 0;
        for (Map.Entry<Integer, Tensor> entry : given.entrySet()) {
            long place = entry.getKey();
            if (place > done) parts.add(x.narrow(0, done, place - done));
            parts.add(entry.getValue().to(x.dtype()));
            done = place + entry.getValue().size(0);
        }
        if (done < x.size(0)) parts.add(x.narrow(0, done, x.size(0) - done));
        return Tensors.concatenate(parts, 0);
    }

    /// @param places tokens to go on with after attention; null for all
    private Tensor layer(
            int index, Tensor x, ForestPass pass, Tuning tuning, KeyValueSink sink, @Nullable Tensor places) {
        Layer layer = layers.get(index);
        try (var scope = Scope.open()) {
            Tensor h = normalize(layer.inputNorm(), x, tuning);
            Tensor attended = attention(index, layer, h, pass, tuning, sink); // [tokens, heads * headDim]
            if (places != null) {
                attended = attended.indexSelect(0, places);
                x = x.indexSelect(0, places);
            }
            Tensor change = tuning.linear(layer.attentionOut(), attended);
            x = scope.keep(tuning.residual(Sublayer.ATTENTION, index, x, change));
        }
        Tensor h = normalize(layer.feedForwardNorm(), x, tuning);
        Tensor change = tuning.linear(layer.down(), activated(layer, h, tuning));
        return tuning.residual(Sublayer.FEED_FORWARD, index, x, change);
    }

    private Tensor attention(int index, Layer layer, Tensor h, ForestPass pass, Tuning tuning, KeyValueSink sink) {
        long tokens = h.size(0);
        int headDim = spec.headDim();
        Tensor q;
        Tensor k;
        Tensor v;
        if (layer.queryKeyValue().size() == 1) {
            Tensor fused = tuning.linear(layer.queryKeyValue().getFirst(), h);
            long width = spec.keyValueWidth();
            long queryWidth = spec.queryWidth();
            q = fused.narrow(1, 0, queryWidth);
            k = fused.narrow(1, queryWidth, width);
            v = fused.narrow(1, queryWidth + width, width);
        } else {
            List<Tensor> parts = tuning.linears(layer.queryKeyValue(), h);
            q = parts.get(0);
            k = parts.get(1);
            v = parts.get(2);
        }
        q = q.reshape(tokens, spec.heads(), headDim); // [tokens, heads, headDim]
        k = k.reshape(tokens, spec.keyValueHeads(), headDim);
        v = v.reshape(tokens, spec.keyValueHeads(), headDim);
        if (layer.queryNorm() != null && layer.keyNorm() != null) {
            q = normalize(layer.queryNorm(), q, tuning);
            k = normalize(layer.keyNorm(), k, tuning);
        }
        q = pass.rotate(q);
        k = pass.rotate(k);
        v = v.to(precision.attention());
        sink.take(index, k, v);
        return pass.attend(index, q, k, v).to(precision.linear());
    }

    private Tensor activated(Layer layer, Tensor h, Tuning tuning) {
        return switch (spec.activation()) {
            case GATED_SILU -> {
                Linear gate = layer.gate();
                if (gate == null) throw new IllegalStateException("a gated feed-forward part without a gate");
                List<Tensor> parts = tuning.linears(List.of(gate, layer.up()), h);
                yield Ops.silu(parts.get(0)).times(parts.get(1));
            }
            case PLAIN_GELU_TANH -> Ops.geluTanh(tuning.linear(layer.up(), h));
        };
    }

    private Tensor normalize(NormWeights norm, Tensor x, Tuning tuning) {
        Tensor weight = tuning.parameter(norm.path() + ".weight", norm.weight());
        return norm.bias() == null
                ? Ops.rmsNorm(x, weight, spec.norm().epsilon())
                : Ops.layerNorm(
                        x,
                        weight,
                        tuning.parameter(norm.path() + ".bias", norm.bias()),
                        spec.norm().epsilon());
    }

    /// Number of values in the base.
    public long parameters() {
        long count = 0;
        for (String name : weights.names()) count += weights.stored(name).count();
        return count;
    }

    /// Bytes of the weights in the form that they are kept in.
    public long weightBytes() {
        long bytes = packed.stream().mapToLong(Nf4::bytes).sum();
        long values =
                packed.stream().mapToLong(one -> (long) one.out() * one.in()).sum();
        return bytes + (parameters() - values) * precision.linear().bytes();
    }

    /// Bytes of the parameters that lie in mapped files, as whole tensors of the type that they are computed in.
    public long mappedBytes() {
        return namedParameters().values().stream()
                .filter(Tensor::readOnly)
                .mapToLong(Tensor::bytes)
                .sum();
    }

    /// Give back the memory of a parameter that something else stands in for, where it is that of a mapped file.
    ///
    /// @param name as [#namedParameters] has it
    public void unload(String name) {
        weights.unload(spec.names().stored(name, weights));
    }

    /// Bytes of the largest packed weight while it is made whole for a product; 0 where none is packed.
    public long unpackedBytes() {
        return packed.stream().mapToLong(Nf4::denseBytes).max().orElse(0);
    }

    /// The element type of activations.
    public DType dtype() {
        return precision.linear();
    }

    @Override
    public void close() {
        views.forEach(Tensor::release);
        packed.forEach(Nf4::close);
        weights.close();
    }
}
