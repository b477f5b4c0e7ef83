package dev.savile.generate;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.KeyValues;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.model.RotaryScaling;
import dev.savile.model.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Keep the keys and values of what a row has seen, and grow with it.
///
/// Each layer has two buffers `[kvHeads, capacity, headDim]`, whose capacity doubles when it runs out. A pass
/// first [reserves](#reserve) room, [writes](#write) behind the present end layer by layer, and
/// [advances](#advance) at last: until then readers see the row as it was, so a pass that fails leaves the cache
/// as it found it.
///
/// A cache may also stand in front of others: rows that begin alike share the one that holds their beginning.
public final class KeyValueCache implements KeyValues, AutoCloseable {
    /// Tokens of a prompt that go through the model in one pass.
    static final int PASS_TOKENS = 512;

    private static final int FIRST_CAPACITY = 64;

    private final int heads;
    private final int headDim;
    private final DType dtype;
    private final Device device;
    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();
    private final int layers;
    private int capacity;
    private int length;

    /// Open an empty cache; it takes memory with the first token.
    public KeyValueCache(CausalLm model) {
        heads = model.spec().keyValueHeads();
        headDim = model.spec().headDim();
        layers = model.spec().layers();
        dtype = model.precision().attention();
        device = model.device();
    }

    /// Compute the keys and values of tokens, in pieces that fit a pass.
    ///
    /// @param before what stands in front of the tokens, in order
    public static KeyValueCache of(CausalLm model, Tuning tuning, List<KeyValues> before, int... ids) {
        var cache = new KeyValueCache(model);
        try {
            for (int from = 0; from < ids.length; ) {
                int to = from + Math.min(ids.length - from, passTokens(model.spec()));
                cache.extend(model, tuning, before, Arrays.copyOfRange(ids, from, to));
                from = to;
            }
            return cache;
        } catch (RuntimeException e) {
            cache.close();
            throw e;
        }
    }

    /// Return how many tokens one pass may take.
    static int passTokens(ModelSpec spec) {
        return divisible(spec) ? PASS_TOKENS : Integer.MAX_VALUE;
    }

    /// Tell whether a prompt may be computed in pieces: not where the frequencies depend on the length of the row,
    /// which must be the same for all of its tokens.
    static boolean divisible(ModelSpec spec) {
        return !(spec.positions() instanceof ModelSpec.Rotary rotary
                && rotary.scaling() instanceof RotaryScaling.Dynamic);
    }

    private void extend(CausalLm model, Tuning tuning, List<KeyValues> before, int[] ids) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            var builder = TokenForest.builder();
            builder.ids(attach(builder, before), ids);
            reserve(ids.length);
            model.forward(builder.build(), tuning, this::write);
            advance(ids.length);
        }
    }

    /// Add what stands in front and the cache itself to a forest; return the segment that new tokens continue.
    int attach(TokenForest.Builder builder, List<KeyValues> before) {
        int parent = Segment.NO_PARENT;
        for (KeyValues given : before) parent = builder.past(parent, given);
        return length == 0 ? parent : builder.past(parent, this);
    }

    /// Number of positions held; 0 before the first tokens, when the cache must not stand in a forest yet.
    @Override
    public int length() {
        return length;
    }

    @Override
    public Tensor keys(int layer) {
        return keys.get(layer).narrow(1, 0, length);
    }

    @Override
    public Tensor values(int layer) {
        return values.get(layer).narrow(1, 0, length);
    }

    /// Make room for more tokens.
    public void reserve(int tokens) {
        int needed = Math.addExact(length, tokens);
        if (needed <= capacity) return;
        int larger = Math.max(needed, capacity == 0 ? FIRST_CAPACITY : 2 * capacity);
        for (int layer = 0; layer < layers; layer++) {
            grow(keys, layer, larger);
            grow(values, layer, larger);
        }
        capacity = larger;
    }

    private void grow(List<Tensor> buffers, int layer, int larger) {
        try (var scope = Scope.open()) {
            Tensor buffer = Tensors.empty(dtype, device, heads, larger, headDim);
            if (length > 0)
                buffer.narrow(1, 0, length).copyInPlace(buffers.get(layer).narrow(1, 0, length));
            buffer.retain();
            if (layer == buffers.size()) buffers.add(buffer);
            else buffers.set(layer, buffer).release();
        }
    }

    /// Write the keys and values of a layer behind the present end.
    ///
    /// @param newKeys   `[tokens, kvHeads, headDim]`
    /// @param newValues `[tokens, kvHeads, headDim]`
    public void write(int layer, Tensor newKeys, Tensor newValues) {
        long tokens = newKeys.size(0);
        keys.get(layer).narrow(1, length, tokens).copyInPlace(newKeys.transpose(0, 1));
        values.get(layer).narrow(1, length, tokens).copyInPlace(newValues.transpose(0, 1));
    }

    /// Count tokens as held whose keys and values have been written in all layers.
    public void advance(int tokens) {
        if (tokens < 0 || length + tokens > capacity)
            throw new IllegalStateException(tokens + " tokens behind " + length + " do not fit " + capacity);
        length += tokens;
    }

    @Override
    public void close() {
        keys.forEach(Tensor::release);
        values.forEach(Tensor::release);
        keys.clear();
        values.clear();
        capacity = 0;
        length = 0;
    }
}
