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
import java.util.Arrays;
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
    /// @param mask   0 and minus infinity: `[1, 1, tokens, past + tokens]`, with branches `[branches, 1, longest *
    ///               group, past + trunk + longest]`; null where none is needed
    /// @param trunk  the same for a trunk after given keys, `[1, 1, trunk, past + trunk]`; null as before
    /// @param gather branches: token, counted from the trunk's end, of each place of the filled-up branches; null
    ///               where they stand one behind the other, equally long, and for other patterns
    /// @param order  branches: place of each token in trunk and filled-up branches together; null as before
    private record Prepared(
            Block block,
            @Nullable Tensor mask,
            @Nullable Tensor trunk,
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
        Block block = prepared.block();
        return switch (block.pattern()) {
            case AttentionPlan.Causal(int rows) ->
                joined(Ops.causalAttention(heads(q, rows), heads(k, rows), heads(v, rows), scale));
            case AttentionPlan.Everything() -> joined(behindPast(layer, block, q, k, v, null));
            case AttentionPlan.Branches branches -> branched(layer, branches, prepared, q, k, v);
            case AttentionPlan.Masked _ -> {
                Tensor mask = prepared.mask();
                if (mask == null) throw new IllegalStateException("a masked block without its mask");
                yield joined(behindPast(layer, block, q, k, v, mask));
            }
        };
    }

    /// Attend to what is given and to the block itself, under a mask or to all of it.
    private Tensor behindPast(int layer, Block block, Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        Tensor keys = after(block.past(), layer, true, heads(k, 1));
        Tensor values = after(block.past(), layer, false, heads(v, 1));
        return mask == null
                ? Ops.fullAttention(heads(q, 1), keys, values, scale)
                : Ops.maskedAttention(heads(q, 1), keys, values, mask, scale);
    }

    /// Attend in a trunk, then in all its branches as one batch. Branches are short: the query heads of one key head
    /// stand below each other as further queries, so that products are fewer and larger, and no key is repeated.
    private Tensor branched(int layer, AttentionPlan.Branches plan, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        Tensor mask = prepared.mask();
        if (mask == null) throw new IllegalStateException("branches without a mask");
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
        Tensor stacked = gathered(queries.getLast(), plan, prepared)
                .reshape(rows, plan.longest(), keyHeads, group * headDim)
                .transpose(1, 2)
                .reshape(rows, keyHeads, (long) plan.longest() * group, headDim);
        Tensor out = Ops.maskedAttention(stacked, seen.getFirst(), seen.getLast(), mask, scale)
                .reshape(rows, keyHeads, plan.longest(), group * headDim)
                .transpose(1, 2)
                .reshape((long) rows * plan.longest(), q.size(1) * headDim);
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
        Tensor k = parts.getFirst();
        Tensor v = parts.getLast();
        Tensor mask = prepared.trunk();
        return joined(
                mask == null
                        ? Ops.causalAttention(heads(q, 1), heads(k, 1), heads(v, 1), scale)
                        : behindPast(layer, prepared.block(), q, k, v, mask));
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
        return switch (block.pattern()) {
            case AttentionPlan.Causal _, AttentionPlan.Everything _ -> new Prepared(block, null, null, null, null);
            case AttentionPlan.Masked(boolean[] visible) -> {
                int queries = block.tokens();
                Tensor mask = mask(visible, 1, 1, queries, visible.length / queries);
                yield new Prepared(block, mask, null, null, null);
            }
            case AttentionPlan.Branches plan -> {
                int rows = plan.branches().size();
                int longest = plan.longest();
                int past = block.past().stream().mapToInt(KeyValues::length).sum();
                Tensor trunkMask = past == 0 || plan.trunk() == 0 ? null : causalAfter(past, plan.trunk());
                Tensor mask = Tensors.concatenate(
                        List.of(
                                Tensors.zeros(dtype, device, rows, 1, (long) longest * group, past + plan.trunk()),
                                mask(forGroup(plan.visible(), longest), rows, 1, (long) longest * group, longest)),
                        3);
                if (plan.even()) yield new Prepared(block, mask, trunkMask, null, null);
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
                        mask,
                        trunkMask,
                        Tensors.of(gather, gather.length).on(device),
                        Tensors.of(order, order.length).on(device));
            }
        };
    }

    /// Mask of tokens that see everything given and, among themselves, what stands before them.
    private Tensor causalAfter(int past, int tokens) {
        boolean[] visible = new boolean[tokens * (past + tokens)];
        for (int t = 0; t < tokens; t++)
            Arrays.fill(visible, t * (past + tokens), t * (past + tokens) + past + t + 1, true);
        return mask(visible, 1, 1, tokens, past + tokens);
    }

    /// Repeat each query's row of a table for the heads of a group.
    private boolean[] forGroup(boolean[] visible, int width) {
        boolean[] all = new boolean[visible.length * group];
        for (int i = 0; i < all.length; i += width)
            System.arraycopy(visible, i / (width * group) * width, all, i, width);
        return all;
    }

    private Tensor mask(boolean[] visible, long... shape) {
        float[] values = new float[visible.length];
        for (int i = 0; i < visible.length; i++) values[i] = visible[i] ? 0 : Float.NEGATIVE_INFINITY;
        return Tensors.of(values, shape).to(dtype).on(device);
    }
}
