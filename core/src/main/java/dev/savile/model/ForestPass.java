package dev.savile.model;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.AttentionPlan;
import dev.savile.forest.AttentionPlan.Block;
import dev.savile.forest.KeyValues;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What all layers of one pass share: rotary tables, attention plans and their masks.
final class ForestPass {
    private final ModelSpec spec;
    private final TokenForest forest;
    private final DType dtype;
    private final Device device;
    private final @Nullable RotaryTable rotary;
    private final double scale;
    /// Query heads that share a key head.
    private final int group;
    private final Map<Integer, List<Prepared>> plans = new TreeMap<>();
    private final Map<KeyValues, KeyValues> given = new HashMap<>();
    private final List<DetachedKeyValues> detached = new ArrayList<>();

    /// A block with what its pattern needs.
    ///
    /// @param strips how its rows or its branches attend; null where every query sees every key, and for long
    ///               causal rows
    /// @param trunk  the same for the trunk of branches; null where there is none, or a long one with nothing
    ///     before it
    /// @param gather branches: token, counted from the trunk's end, of each place of the filled-up branches; null
    ///               where they stand one behind the other, equally long, and for other patterns
    /// @param order  branches: place of each token in trunk and filled-up branches together; null as before
    private record Prepared(
            Block block,
            @Nullable AttentionStrips strips,
            @Nullable AttentionStrips trunk,
            @Nullable Tensor gather,
            @Nullable Tensor order) {}

    /// @param recomputed whether layers run again in the backward pass, each with a graph of its own
    ForestPass(CausalLm model, TokenForest forest, boolean recomputed) {
        spec = model.spec();
        this.forest = forest;
        dtype = model.precision().attention();
        device = model.device();
        rotary = switch (spec.positions()) {
            case ModelSpec.Rotary kind -> RotaryTable.of(forest, kind, spec.headDim(), dtype, device);
            case ModelSpec.Learned() -> null;
        };
        scale = 1 / Math.sqrt(spec.headDim());
        group = spec.heads() / spec.keyValueHeads();
        for (Segment segment : forest.segments())
            if (segment instanceof Segment.Past past)
                given.computeIfAbsent(past.keyValues(), one -> forPass(one, recomputed));
        for (int window : spec.windows()) plans.computeIfAbsent(window, this::prepare);
    }

    private KeyValues forPass(KeyValues past, boolean recomputed) {
        KeyValues computed = past.forPass();
        if (!recomputed) return computed;
        var apart = new DetachedKeyValues(computed, spec.layers());
        detached.add(apart);
        return apart;
    }

    /// Hand the gradients of given keys and values to where they came from, once all layers have given their share.
    void backward() {
        detached.forEach(DetachedKeyValues::backward);
    }

    Tensor rotate(Tensor x) {
        return rotary == null ? x.to(dtype) : rotary.rotate(x);
    }

    /// Attend block by block. Inputs `[tokens, heads, headDim]`; returns `[tokens, heads * headDim]`.
    Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        List<Prepared> prepared =
                Objects.requireNonNull(plans.get(spec.windows().get(layer)));
        long[] lengths =
                prepared.stream().mapToLong(one -> one.block().tokens()).toArray();
        List<Tensor> queries = q.split(0, lengths);
        List<Tensor> keys = k.split(0, lengths);
        List<Tensor> values = v.split(0, lengths);
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++)
            parts.add(attend(layer, prepared.get(i), queries.get(i), keys.get(i), values.get(i)));
        return Tensors.concatenate(parts, 0);
    }

    /// Attend within a block, whose own queries, keys and values are given.
    private Tensor attend(int layer, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        return switch (prepared.block().pattern()) {
            case AttentionPlan.Causal(int rows) -> alone(prepared.strips(), rows, q, heads(k, rows), heads(v, rows));
            case AttentionPlan.Everything _, AttentionPlan.Masked _ -> behindPast(layer, prepared, q, k, v);
            case AttentionPlan.Branches branches -> branched(layer, branches, prepared, q, k, v);
        };
    }

    /// Attend in causal rows with nothing before them, keys and values `[rows, kvHeads, time, headDim]`.
    private Tensor alone(@Nullable AttentionStrips strips, int rows, Tensor q, Tensor k, Tensor v) {
        return strips == null ? joined(Ops.causalAttention(heads(q, rows), k, v, scale)) : strips.attend(q, k, v);
    }

    /// Attend to what is given and to the block itself, in strips or, without them, to all of it.
    private Tensor behindPast(int layer, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        List<KeyValues> past = prepared.block().past();
        Tensor keys = after(past, layer, true, heads(k, 1));
        Tensor values = after(past, layer, false, heads(v, 1));
        AttentionStrips strips = prepared.strips();
        return strips == null
                ? joined(Ops.fullAttention(heads(q, 1), keys, values, scale))
                : strips.attend(q, keys, values);
    }

    /// Attend in a trunk, then in all its branches as one batch.
    private Tensor branched(int layer, AttentionPlan.Branches plan, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        int rows = plan.branches().size();
        long keyHeads = k.size(1);
        long headDim = q.size(2);
        long below = q.size(0) - plan.trunk();
        List<Tensor> queries = q.split(0, plan.trunk(), below);
        // Keys and values travel together; those given and those of the trunk stand in front of each branch.
        List<Tensor> kv =
                Tensors.concatenate(List.of(k, v), 1).split(0, plan.trunk(), below); // [tokens, 2 kvHeads, headDim]
        List<Tensor> inFront = new ArrayList<>();
        for (KeyValues past : prepared.block().past()) inFront.add(together(past, layer));
        if (plan.trunk() > 0) inFront.add(kv.getFirst());
        Tensor above = Tensors.concatenate(inFront, 0);
        List<Tensor> seenParts = List.of(
                above.unsqueeze(0).expand(rows, above.size(0), 2 * keyHeads, headDim),
                gathered(kv.getLast(), plan, prepared));
        List<Tensor> seen = Tensors.concatenate(seenParts, 1)
                .transpose(1, 2) // [rows, 2 kvHeads, past + trunk + longest, headDim]
                .split(1, keyHeads, keyHeads);
        Tensor out = Objects.requireNonNull(prepared.strips())
                .attend(gathered(queries.getLast(), plan, prepared), seen.getFirst(), seen.getLast());
        Tensor all = plan.trunk() == 0
                ? out
                : Tensors.concatenate(
                        List.of(trunk(layer, prepared, queries.getFirst(), kv.getFirst(), keyHeads), out), 0);
        Tensor order = prepared.order();
        return order == null ? all : Ops.embedding(all, order); // [tokens, heads * headDim]
    }

    /// Attend in a trunk, from `[trunk, heads, headDim]` and `[trunk, 2 kvHeads, headDim]` to `[trunk, heads *
    /// headDim]`.
    private Tensor trunk(int layer, Prepared prepared, Tensor q, Tensor kv, long keyHeads) {
        List<Tensor> parts = kv.split(1, keyHeads, keyHeads);
        List<KeyValues> past = prepared.block().past();
        Tensor keys = after(past, layer, true, heads(parts.getFirst(), 1));
        Tensor values = after(past, layer, false, heads(parts.getLast(), 1));
        return alone(prepared.trunk(), 1, q, keys, values);
    }

    /// Given keys and values as computed ones are laid out, `[past, 2 kvHeads, headDim]`.
    private Tensor together(KeyValues past, int layer) {
        KeyValues ready = ready(past);
        return Tensors.concatenate(List.of(ready.keys(layer), ready.values(layer)), 0)
                .to(dtype)
                .transpose(0, 1);
    }

    private KeyValues ready(KeyValues past) {
        return Objects.requireNonNull(given.get(past));
    }

    /// Pick the tokens of the branches from those below the trunk, `[tokens, heads, headDim]` to `[rows, longest,
    /// heads, headDim]`. The lookup of an embedding is used because its backward pass adds up rows fast.
    private static Tensor gathered(Tensor x, AttentionPlan.Branches plan, Prepared prepared) {
        long rows = plan.branches().size();
        Tensor gather = prepared.gather();
        Tensor picked = gather == null ? x : Ops.embedding(x.reshape(x.size(0), x.size(1) * x.size(2)), gather);
        return picked.reshape(rows, plan.longest(), x.size(1), x.size(2));
    }

    /// `[tokens, heads, headDim]` to `[rows, heads, time, headDim]`.
    private static Tensor heads(Tensor x, int rows) {
        return x.reshape(rows, x.size(0) / rows, x.size(1), x.size(2)).transpose(1, 2);
    }

    /// `[rows, heads, time, headDim]` back to `[tokens, heads * headDim]`.
    private static Tensor joined(Tensor x) {
        return x.transpose(1, 2).reshape(x.size(0) * x.size(2), x.size(1) * x.size(3));
    }

    /// Put given keys or values in front, `[1, kvHeads, past + time, headDim]`.
    private Tensor after(List<KeyValues> past, int layer, boolean keys, Tensor own) {
        if (past.isEmpty()) return own;
        List<Tensor> parts = new ArrayList<>();
        for (KeyValues one : past) {
            KeyValues ready = ready(one);
            parts.add((keys ? ready.keys(layer) : ready.values(layer)).to(dtype).unsqueeze(0));
        }
        parts.add(own);
        return Tensors.concatenate(parts, 2);
    }

    private List<Prepared> prepare(int window) {
        List<Prepared> prepared = new ArrayList<>();
        for (Block block : AttentionPlan.of(forest, window).blocks()) prepared.add(prepare(block));
        return prepared;
    }

    private Prepared prepare(Block block) {
        int past = block.past().stream().mapToInt(KeyValues::length).sum();
        return switch (block.pattern()) {
            case AttentionPlan.Everything() -> new Prepared(block, null, null, null, null);
            case AttentionPlan.Causal(int rows) ->
                new Prepared(block, causal(past, block.tokens() / rows), null, null, null);
            case AttentionPlan.Masked(boolean[] visible) ->
                new Prepared(block, strips(past, block.tokens(), visible, past + block.tokens()), null, null, null);
            case AttentionPlan.Branches plan -> {
                int rows = plan.branches().size();
                int longest = plan.longest();
                AttentionStrips trunk = plan.trunk() == 0 ? null : causal(past, plan.trunk());
                AttentionStrips strips = strips(past + plan.trunk(), longest, plan.visible(), longest);
                if (plan.even()) yield new Prepared(block, strips, trunk, null, null);
                // Places beyond a branch's end repeat the first token, and nobody looks there.
                long[] gather = new long[rows * longest];
                long[] order = new long[block.tokens()];
                for (int t = 0; t < plan.trunk(); t++) order[t] = t;
                for (int b = 0; b < rows; b++) {
                    int[] tokens = plan.branches().get(b);
                    for (int i = 0; i < tokens.length; i++) {
                        gather[b * longest + i] = tokens[i] - (long) plan.trunk();
                        order[tokens[i]] = plan.trunk() + (long) b * longest + i;
                    }
                }
                yield new Prepared(
                        block,
                        strips,
                        trunk,
                        Tensors.of(gather, gather.length).on(device),
                        Tensors.of(order, order.length).on(device));
            }
        };
    }

    private AttentionStrips strips(int before, int time, boolean[] visible, int width) {
        return new AttentionStrips(before, time, group, scale, visible, width, dtype, device);
    }

    private @Nullable AttentionStrips causal(int before, int time) {
        return before == 0 && !AttentionStrips.suit(time, device)
                ? null
                : AttentionStrips.causal(before, time, group, scale, dtype, device);
    }
}
