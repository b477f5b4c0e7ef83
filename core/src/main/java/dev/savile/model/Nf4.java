package dev.savile.model;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A frozen weight in 4 bits a value, as QLoRA keeps it, and computed with as if it were whole.
///
/// The values, row by row, make blocks of 64. A block is scaled by its largest magnitude, and each value becomes the
/// nearest of 16 levels, which are quantiles of a normal distribution. The scales are kept in 8 bits themselves, in
/// groups of 256: `scale = low + step * code`. Together 4.13 bits a value.
///
/// | tensor | shape | dtype |
/// |---|---|---|
/// | `codes` | `[values / 4]`, four codes each, the first in the highest bits, less 32,768 | I16 |
/// | `scales` | `[blocks]` | U8 |
/// | `low`, `step` | `[groups, 1]` | fp32 |
///
/// *Use* to tune a model whose weights do not fit in memory otherwise. *Cost*: each use makes the whole weight anew, so
/// that a step takes longer. *Paper*: Dettmers et al., "QLoRA: efficient finetuning of quantized LLMs", 2023; the
/// levels are the paper's, the layout of the 8-bit scales is our own.
final class Nf4 implements Matrix, AutoCloseable {
    static final int BLOCK = 64;
    private static final int GROUP = 256;
    private static final int OFFSET = 1 << 15;
    private static final Map<Device, Tensor> QUADS = new ConcurrentHashMap<>();
    /// Levels of a value by its code.
    static final float[] LEVELS = {
        -1f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.09105004f,
        0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1f
    };

    private final int out;
    private final int in;
    private final DType type;
    private final Tensor codes;
    private final Tensor scales;
    private final Tensor low;
    private final Tensor step;

    private Nf4(int out, int in, DType type, Tensor codes, Tensor scales, Tensor low, Tensor step) {
        this.out = out;
        this.in = in;
        this.type = type;
        this.codes = codes.retain();
        this.scales = scales.retain();
        this.low = low.retain();
        this.step = step.retain();
    }

    /// Round a weight to 4 bits. The caller closes the result.
    ///
    /// @param weight `[out, in]`
    /// @param type   that it is computed with
    static Nf4 of(Tensor weight, DType type) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Device device = weight.device();
            Tensor blocks = filled(weight.to(DType.F32).reshape(-1), BLOCK).reshape(-1, BLOCK);
            Tensor largest = blocks.abs().highest(1, true); // [blocks, 1]
            Tensor parts = blocks.dividedBy(largest.clamped(Float.MIN_NORMAL, Float.MAX_VALUE));
            Tensor codes = parts.bucket(middles(device)).reshape(-1, 4).to(DType.F32); // [values / 4, 4]
            Tensor together = codes.matmul(Tensors.of(new float[] {4096, 256, 16, 1}, 4, 1)
                    .on(device)); // whole numbers below 2^16, exact in fp32
            long count = largest.count();
            Tensor groups = filled(largest.reshape(-1), GROUP, largest.narrow(0, count - 1, 1))
                    .reshape(-1, GROUP);
            Tensor low = groups.negated().highest(1, true).negated(); // [groups, 1]
            Tensor step = groups.highest(1, true).minus(low).times(1 / 255.0);
            Tensor scales = groups.minus(low)
                    .dividedBy(step.clamped(Float.MIN_NORMAL, Float.MAX_VALUE))
                    .plus(0.5)
                    .to(DType.U8)
                    .reshape(-1)
                    .narrow(0, 0, count)
                    .contiguous();
            return new Nf4(
                    (int) weight.size(0),
                    (int) weight.size(1),
                    type,
                    together.plus(-OFFSET).reshape(-1).to(DType.I16),
                    scales,
                    low,
                    step);
        }
    }

    /// Bounds between the levels: a value belongs to the nearest one.
    private static Tensor middles(Device device) {
        float[] middles = new float[LEVELS.length - 1];
        for (int i = 0; i < middles.length; i++) middles[i] = (LEVELS[i] + LEVELS[i + 1]) / 2;
        return Tensors.of(middles, middles.length).on(device);
    }

    /// Return the four values of each number of 16 bits, `[65536, 4]`: a table that wide is looked up in far fewer
    /// steps than one of single values. There is one for each device, for good.
    private static Tensor quads(Device device) {
        return QUADS.computeIfAbsent(device, key -> {
            float[] quads = new float[4 << 16];
            for (int i = 0; i < quads.length; i++) quads[i] = LEVELS[((i / 4) >> (4 * (3 - i % 4))) & 15];
            return Tensors.of(quads, 1 << 16, 4).on(device).retain();
        });
    }

    private static Tensor filled(Tensor values, int multiple) {
        return filled(values, multiple, Tensors.zeros(values.dtype(), values.device(), 1));
    }

    /// Repeat a value behind others, up to a multiple of their number.
    private static Tensor filled(Tensor values, int multiple, Tensor last) {
        long missing = (multiple - values.count() % multiple) % multiple;
        return missing == 0
                ? values
                : Tensors.concatenate(List.of(values, last.reshape(1).expand(missing)), 0);
    }

    @Override
    public int out() {
        return out;
    }

    @Override
    public int in() {
        return in;
    }

    /// Bytes that the weight takes up.
    long bytes() {
        return codes.bytes() + scales.bytes() + low.bytes() + step.bytes();
    }

    /// Bytes that the whole weight and what it is made from take up while it is there.
    long denseBytes() {
        long values = (long) out * in;
        return values / 4 * DType.I32.bytes() + values * (DType.F32.bytes() + (type == DType.F32 ? 0 : type.bytes()));
    }

    @Override
    public Tensor dense() {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            long blocks = scales.count();
            Tensor codesOfScales = filled(scales.to(DType.F32), GROUP).reshape(-1, GROUP);
            Tensor scale = codesOfScales
                    .times(step)
                    .plus(low)
                    .reshape(-1)
                    .narrow(0, 0, blocks)
                    .unsqueeze(1); // [blocks, 1]
            Tensor offset = Tensors.full(OFFSET, DType.I32, codes.device(), 1);
            Tensor places = codes.to(DType.I32).addInPlace(offset); // [values / 4]
            Tensor values = Ops.quads(quads(codes.device()), places); // [values]
            values.reshape(blocks, BLOCK).multiplyInPlace(scale);
            return scope.keep(
                    values.narrow(0, 0, (long) out * in).reshape(out, in).to(type));
        }
    }

    /// Return `x W^T`, for `x [tokens, in]`. The whole weight is there only while it is multiplied with, and is made
    /// again for the gradient of `x`.
    Tensor linear(Tensor x) {
        if (!Grad.wanted(x)) return product(x);
        // The gradient of y has not the shape of x, and an own formula must keep the shape: its product is left in
        // `share`, and joins the gradient of x.
        var share = new Share();
        Tensor input = Grad.through(x, share::join);
        Tensor edge = Ops.linear(input.narrow(1, 0, 1), Tensors.zeros(x.dtype(), x.device(), out, 1)); // [tokens, out]
        return Grad.replacedFresh(edge, product(x.detach()), dy -> {
            share.leave(dy, this);
            return Tensors.zeros(dy.dtype(), dy.device(), 1, 1).expand(dy.shape());
        });
    }

    private Tensor product(Tensor x) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            return scope.keep(Ops.linear(x, dense()));
        }
    }

    private static final class Share {
        private @Nullable Tensor gradient;

        void leave(Tensor dy, Nf4 weight) {
            gradient = dy.matmul(weight.dense()).retain();
        }

        Tensor join(Tensor dx) {
            Tensor own = gradient;
            if (own == null) return dx;
            gradient = null;
            Tensor sum = dx.plus(own);
            own.release();
            return sum;
        }
    }

    @Override
    public void close() {
        codes.release();
        scales.release();
        low.release();
        step.release();
    }
}
