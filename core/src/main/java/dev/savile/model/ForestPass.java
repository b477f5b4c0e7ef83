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
    private final Map<Integer, List<Prepared>> plans = new TreeMap<>();
    private final Map<KeyValues, KeyValues> given = new HashMap<>();

    /// A block with what its pattern needs.
    ///
    /// @param mask   0 and minus infinity: `[1, 1, tokens, past + tokens]`, with branches `[branches, 1, longest,
    ///               past + trunk + longest]`; null where none is needed
    /// @param trunk  the same for a trunk after given keys, `[1, 1, trunk, past + trunk]`; null as before
    /// @param gather branches: token of each place of the filled-up branches; null where they stand one behind the
    ///               other, equally long, and for other patterns
    /// @param order  branches: place of each token in trunk and filled-up branches together; null as before
    private record Prepared(
            Block block,
            @Nullable Tensor mask,
            @Nullable Tensor trunk,
            @Nullable Tensor gather,
            @Nullable Tensor order) {}

    ForestPass(CausalLm model, TokenForest forest) {
        spec = model.spec();
        this.forest = forest;
        dtype = model.precision().attention();
        device = model.device();
        rotary = switch (spec.positions()) {
            case ModelSpec.Rotary kind -> RotaryTable.of(forest, kind, spec.headDim(), dtype, device);
            case ModelSpec.Learned() -> null;
        };
        scale = 1 / Math.sqrt(spec.headDim());
        for (Segment segment : forest.segments())
            if (segment instanceof Segment.Past past) given.computeIfAbsent(past.keyValues(), KeyValues::forPass);
        for (int window : spec.windows()) plans.computeIfAbsent(window, this::prepare);
    }

    Tensor rotate(Tensor x) {
        return rotary == null ? x.to(dtype) : rotary.rotate(x);
    }

    /// Attend block by block. Inputs `[tokens, heads, headDim]`; returns `[tokens, heads * headDim]`.
    Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        List<Tensor> parts = new ArrayList<>();
        for (Prepared prepared : Objects.requireNonNull(plans.get(spec.windows().get(layer))))
            parts.add(attend(layer, prepared, q, k, v));
        return Tensors.concatenate(parts, 0);
    }

    private Tensor attend(int layer, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        Block block = prepared.block();
        return switch (block.pattern()) {
            case AttentionPlan.Causal(int rows) ->
                joined(
                        Ops.causalAttention(heads(q, block, rows), heads(k, block, rows), heads(v, block, rows), scale),
                        block);
            case AttentionPlan.Everything() ->
                joined(
                        Ops.fullAttention(
                                heads(q, block, 1),
                                after(block.past(), layer, true, heads(k, block, 1)),
                                after(block.past(), layer, false, heads(v, block, 1)),
                                scale),
                        block);
            case AttentionPlan.Branches branches -> branched(layer, branches, prepared, q, k, v);
            case AttentionPlan.Masked _ -> {
                Tensor mask = prepared.mask();
                if (mask == null) throw new IllegalStateException("a masked block without its mask");
                yield joined(
                        Ops.maskedAttention(
                                heads(q, block, 1),
                                after(block.past(), layer, true, heads(k, block, 1)),
                                after(block.past(), layer, false, heads(v, block, 1)),
                                mask,
                                scale),
                        block);
            }
        };
    }

    /// Attend in a trunk, then in all its branches as one batch.
    private Tensor branched(int layer, AttentionPlan.Branches plan, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        Tensor mask = prepared.mask();
        if (mask == null) throw new IllegalStateException("branches without a mask");
        Block block = prepared.block();
        int rows = plan.branches().size();
        Tensor queries = gathered(q, plan, prepared).transpose(1, 2);
        // Keys and values travel together; those given and those of the trunk stand in front of each branch.
        Tensor kv = Tensors.concatenate(List.of(k, v), 1); // [tokens, 2 kvHeads, headDim]
        List<Tensor> inFront = new ArrayList<>();
        for (KeyValues past : block.past()) inFront.add(together(past, layer));
        if (plan.trunk() > 0) inFront.add(kv.narrow(0, block.start(), plan.trunk()));
        Tensor above = Tensors.concatenate(inFront, 0);
        List<Tensor> seenParts = List.of(
                above.unsqueeze(0).expand(rows, above.size(0), kv.size(1), kv.size(2)), gathered(kv, plan, prepared));
        Tensor seen =
                Tensors.concatenate(seenParts, 1).transpose(1, 2); // [rows, 2 kvHeads, past + trunk + longest, headDim]
        long heads = k.size(1);
        Tensor out = Ops.maskedAttention(queries, seen.narrow(1, 0, heads), seen.narrow(1, heads, heads), mask, scale);
        Tensor below = out.transpose(1, 2).reshape((long) rows * plan.longest(), q.size(1) * q.size(2));
        Tensor all = plan.trunk() == 0
                ? below
                : Tensors.concatenate(List.of(trunkAttention(layer, plan, prepared, q, k, v), below), 0);
        Tensor order = prepared.order();
        return order == null ? all : Ops.embedding(all, order); // [tokens, heads * headDim]
    }

    /// `[trunk, heads * headDim]`
    private Tensor trunkAttention(
            int layer, AttentionPlan.Branches plan, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        Block block = prepared.block();
        Block trunk = new Block(block.start(), plan.trunk(), block.past(), new AttentionPlan.Causal(1));
        Tensor mask = prepared.trunk();
        Tensor out = mask == null
                ? Ops.causalAttention(heads(q, trunk, 1), heads(k, trunk, 1), heads(v, trunk, 1), scale)
                : Ops.maskedAttention(
                        heads(q, trunk, 1),
                        after(block.past(), layer, true, heads(k, trunk, 1)),
                        after(block.past(), layer, false, heads(v, trunk, 1)),
                        mask,
                        scale);
        return joined(out, trunk);
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

    /// Pick the tokens of the branches, `[tokens, heads, headDim]` to `[rows, longest, heads, headDim]`. The lookup
    /// of an embedding is used because its backward pass adds up rows fast.
    private static Tensor gathered(Tensor x, AttentionPlan.Branches plan, Prepared prepared) {
        Block block = prepared.block();
        int rows = plan.branches().size();
        Tensor gather = prepared.gather();
        if (gather == null)
            return x.narrow(0, block.start() + plan.trunk(), (long) rows * plan.longest())
                    .reshape(rows, plan.longest(), x.size(1), x.size(2));
        Tensor own = block.tokens() == x.size(0) ? x : x.narrow(0, block.start(), block.tokens());
        return Ops.embedding(own.reshape(block.tokens(), x.size(1) * x.size(2)), gather)
                .reshape(rows, plan.longest(), x.size(1), x.size(2));
    }

    /// `[tokens, heads, headDim]` to `[rows, heads, time, headDim]` of one block.
    private static Tensor heads(Tensor x, Block block, int rows) {
        Tensor own = block.tokens() == x.size(0) ? x : x.narrow(0, block.start(), block.tokens());
        return own.reshape(rows, block.tokens() / rows, x.size(1), x.size(2)).transpose(1, 2);
    }

    /// `[rows, heads, time, headDim]` back to `[tokens, heads * headDim]`.
    private static Tensor joined(Tensor x, Block block) {
        return x.transpose(1, 2).reshape(block.tokens(), x.size(1) * x.size(3));
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
                                Tensors.zeros(dtype, device, rows, 1, longest, past + plan.trunk()),
                                mask(plan.visible(), rows, 1, longest, longest)),
                        3);
                if (plan.even()) yield new Prepared(block, mask, trunkMask, null, null);
                long[] gather =
                        new long[rows * longest]; // places beyond a branch's end repeat token 0, and nobody looks there
                long[] order = new long[block.tokens()];
                for (int t = 0; t < plan.trunk(); t++) order[t] = t;
                for (int b = 0; b < rows; b++) {
                    int[] tokens = plan.branches().get(b);
                    for (int i = 0; i < tokens.length; i++) {
                        gather[b * longest + i] = tokens[i];
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

    private Tensor mask(boolean[] visible, long... shape) {
        float[] values = new float[visible.length];
        for (int i = 0; i < visible.length; i++) values[i] = visible[i] ? 0 : Float.NEGATIVE_INFINITY;
        return Tensors.of(values, shape).to(dtype).on(device);
    }
}
