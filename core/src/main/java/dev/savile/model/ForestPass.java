package dev.savile.model;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Ops;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.AttentionPlan;
import dev.savile.forest.AttentionPlan.Block;
import dev.savile.forest.KeyValues;
import dev.savile.forest.TokenForest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /// A block with what its pattern needs.
    ///
    /// @param mask   0 and minus infinity: `[1, 1, tokens, past + tokens]`, with branches `[branches, 1, longest,
    ///               trunk + longest]`; null where none is needed
    /// @param gather branches: token of each place of the filled-up branches; null otherwise
    /// @param order  branches: place of each token in trunk and filled-up branches together; null otherwise
    private record Prepared(
            Block block,
            @Nullable Tensor mask,
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
    }

    Tensor rotate(Tensor x) {
        return rotary == null ? x : rotary.rotate(x);
    }

    /// Attend block by block. Inputs `[tokens, heads, headDim]`; returns `[tokens, heads * headDim]`.
    Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        List<Tensor> parts = new ArrayList<>();
        for (Prepared prepared : plans.computeIfAbsent(spec.windows().get(layer), this::prepare))
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
            case AttentionPlan.Branches branches -> branched(branches, prepared, q, k, v);
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
    private Tensor branched(AttentionPlan.Branches plan, Prepared prepared, Tensor q, Tensor k, Tensor v) {
        Tensor gather = prepared.gather();
        Tensor order = prepared.order();
        Tensor mask = prepared.mask();
        if (gather == null || order == null || mask == null)
            throw new IllegalStateException("branches without their tables");
        Block block = prepared.block();
        Block trunk = new Block(block.start(), plan.trunk(), block.past(), new AttentionPlan.Causal(1));
        Tensor above =
                joined(Ops.causalAttention(heads(q, trunk, 1), heads(k, trunk, 1), heads(v, trunk, 1), scale), trunk);
        int rows = plan.branches().size();
        Tensor queries = gathered(q, block, gather, rows, plan.longest()).transpose(1, 2);
        Tensor out = Ops.maskedAttention(
                queries, afterTrunk(k, plan, block, gather), afterTrunk(v, plan, block, gather), mask, scale);
        Tensor below = out.transpose(1, 2).reshape((long) rows * plan.longest(), q.size(1) * q.size(2));
        return Ops.embedding(Tensors.concatenate(List.of(above, below), 0), order); // [tokens, heads * headDim]
    }

    /// Keys or values of the trunk in front of those of each branch, `[branches, kvHeads, trunk + longest,
    /// headDim]`.
    private static Tensor afterTrunk(Tensor x, AttentionPlan.Branches plan, Block block, Tensor gather) {
        int rows = plan.branches().size();
        Tensor trunk =
                x.narrow(0, block.start(), plan.trunk()).unsqueeze(0).expand(rows, plan.trunk(), x.size(1), x.size(2));
        Tensor own = gathered(x, block, gather, rows, plan.longest());
        return Tensors.concatenate(List.of(trunk, own), 1).transpose(1, 2);
    }

    /// Pick tokens of a block, `[tokens, heads, headDim]` to `[rows, longest, heads, headDim]`. The lookup of an
    /// embedding is used because its backward pass adds up rows fast.
    private static Tensor gathered(Tensor x, Block block, Tensor gather, int rows, int longest) {
        Tensor own = block.tokens() == x.size(0) ? x : x.narrow(0, block.start(), block.tokens());
        return Ops.embedding(own.reshape(block.tokens(), x.size(1) * x.size(2)), gather)
                .reshape(rows, longest, x.size(1), x.size(2));
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
        for (KeyValues given : past)
            parts.add((keys ? given.keys(layer) : given.values(layer)).to(dtype).unsqueeze(0));
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
            case AttentionPlan.Causal _, AttentionPlan.Everything _ -> new Prepared(block, null, null, null);
            case AttentionPlan.Masked(boolean[] visible) -> {
                int queries = block.tokens();
                Tensor mask = mask(visible, 1, 1, queries, visible.length / queries);
                yield new Prepared(block, mask, null, null);
            }
            case AttentionPlan.Branches plan -> {
                int rows = plan.branches().size();
                int longest = plan.longest();
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
                Tensor own = mask(plan.visible(), rows, 1, longest, longest);
                Tensor trunk = Tensors.zeros(dtype, device, rows, 1, longest, plan.trunk());
                yield new Prepared(
                        block,
                        Tensors.concatenate(List.of(trunk, own), 3),
                        Tensors.of(gather, gather.length).on(device),
                        Tensors.of(order, order.length).on(device));
            }
        };
    }

    private Tensor mask(boolean[] visible, long... shape) {
        float[] values = new float[visible.length];
        for (int i = 0; i < visible.length; i++) values[i] = visible[i] ? 0 : Float.NEGATIVE_INFINITY;
        return Tensors.of(values, shape).to(dtype).on(device);
    }
}
