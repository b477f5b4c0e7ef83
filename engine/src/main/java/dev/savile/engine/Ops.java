package dev.savile.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// The fused operations of neural networks. One fused operator beats five small ones: a call costs some
/// microseconds.
public final class Ops {
    private Ops() {}

    /// Return `x W^T`, for `x [..., in]` and `W [out, in]`.
    public static Tensor linear(Tensor x, Tensor weight) {
        return new Tensor(torch.linear(x.pointer(), weight.pointer()));
    }

    /// Return `x W^T + b`.
    public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        return new Tensor(torch.linear(x.pointer(), weight.pointer(), new TensorOptional(bias.pointer())));
    }

    /// Add `factor * u B^T` to `y`, for `y [rows, out]`, `u [rows, rank]`, `B [out, rank]`; return `y`, which must be
    /// a fresh result that nobody else looks at.
    public static Tensor addLinearInPlace(Tensor y, Tensor u, Tensor b, double factor) {
        return new Tensor(y.changeable().addmm_(u.pointer(), b.pointer().t(), Torch.ONE, new Scalar(factor)));
    }

    /// Set values to zero with the given probability and scale the rest up, drawing from the seed of [#seed].
    public static Tensor dropout(Tensor x, double probability) {
        return new Tensor(torch.dropout(x.pointer(), probability, true));
    }

    /// Seed the draws of [#dropout].
    public static void seed(long seed) {
        Torch.load();
        torch.manual_seed(seed);
    }

    /// Draw a seed, from the seed of [#seed].
    public static long drawSeed() {
        try (var scope = Scope.open()) {
            return torch.randint(Long.MAX_VALUE, new long[] {1}).item_long();
        }
    }

    /// Round fp32 values to bf16, up or down by chance, so that the mean of many roundings is the value itself; drawn
    /// from the seed of [#seed].
    public static Tensor roundByChance(Tensor x) {
        try (var scope = Scope.open()) {
            var bits = x.pointer().clone().view(torch.ScalarType.Int);
            // bf16 is the upper half of fp32: a random lower half carries over as often as the value is near the next.
            var noise = torch.empty_like(bits).random_(0, new LongOptional(1L << 16), new GeneratorOptional());
            bits.add_(noise).bitwise_and_(new Scalar(-(1 << 16)));
            return scope.keep(new Tensor(bits.view(torch.ScalarType.Float)).to(DType.BF16));
        }
    }

    /// Look up rows of `table [vocab, hidden]` by I64 ids.
    public static Tensor embedding(Tensor table, Tensor ids) {
        return new Tensor(torch.embedding(table.pointer(), ids.pointer()));
    }

    /// Look up rows of `table [rows, 4]` fp32 by I32 or I64 places; return their values in a row, `[4 * places]`.
    /// Each row is moved as one number of 16 bytes, in a third of the time that [#embedding] takes for rows so
    /// short.
    public static Tensor quads(Tensor table, Tensor places) {
        try (var scope = Scope.open()) {
            var rows = table.pointer().view(torch.ScalarType.ComplexDouble).view(-1);
            return scope.keep(new Tensor(rows.index_select(0, places.pointer()).view(torch.ScalarType.Float)));
        }
    }

    /// Divide by the root mean square over the last dimension and scale by `weight`; computed in fp32, or in fp64
    /// for fp64.
    public static Tensor rmsNorm(Tensor x, Tensor weight, double epsilon) {
        // A GPU has one kernel for each direction; on a CPU the recorded steps are slower than the formula below.
        if (weight.requiresGradient() || !CustomGradient.wanted(x) || x.onGpu())
            return new Tensor(torch.rms_norm(
                    x.pointer(),
                    new long[] {weight.size(0)},
                    new TensorOptional(weight.pointer()),
                    new DoubleOptional(epsilon)));
        Tensor input = x.detach();
        Tensor inverse; // [..., 1]
        Tensor value;
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor wide = input.to(x.dtype().wide());
            int last = x.dimensions() - 1;
            inverse = wide.squared().mean(last, true).plus(epsilon);
            inverse.pointer().rsqrt_();
            value = wide.times(inverse).multiplyInPlace(weight.to(wide.dtype())).to(x.dtype());
            inverse.retain();
            scope.keep(value);
        }
        // y = x r w;  dx = r (g w - x r mean(g w x r))
        Tensor result = CustomGradient.of(
                x,
                value,
                gradient -> {
                    DType wide = gradient.dtype().wide();
                    Tensor normed = input.to(wide).times(inverse);
                    Tensor g = gradient.to(wide).times(weight.to(wide));
                    Tensor mean = normed.times(g).mean(normed.dimensions() - 1, true);
                    g.pointer().addcmul_(normed.pointer(), mean.pointer(), Torch.MINUS_ONE);
                    return g.multiplyInPlace(inverse).to(gradient.dtype());
                },
                input,
                inverse,
                weight);
        inverse.release();
        return result;
    }

    /// Turn pairs of dimensions, `i` with `i + size / 2`, in another type: `x * cosine + swapped(x) * signedSine`,
    /// where `swapped` exchanges the halves and the sine is negative in the first half.
    ///
    /// @param x      `[tokens, heads, headDim]`
    /// @param cosine `[tokens, 1, headDim]` of the type of the result, and so the sine
    public static Tensor rotateHalves(Tensor x, Tensor cosine, Tensor signedSine) {
        Tensor wide = x.to(cosine.dtype());
        if (!CustomGradient.wanted(wide)) return rotated(wide, cosine, signedSine, Torch.ONE);
        Tensor value;
        try (var off = Grad.off()) {
            value = rotated(wide.detach(), cosine, signedSine, Torch.ONE);
        }
        // The way back is the rotation by the opposite angle.
        return CustomGradient.of(
                wide, value, gradient -> rotated(gradient, cosine, signedSine, Torch.MINUS_ONE), cosine, signedSine);
    }

    private static Tensor rotated(Tensor x, Tensor cosine, Tensor signedSine, Scalar direction) {
        int last = x.dimensions() - 1;
        long half = x.size(last) / 2;
        Tensor swapped = Tensors.concatenate(List.of(x.narrow(last, half, half), x.narrow(last, 0, half)), last);
        Tensor turned = x.times(cosine);
        turned.pointer().addcmul_(swapped.pointer(), signedSine.pointer(), direction);
        return turned;
    }

    /// Normalize mean and variance over the last dimension; scale and shift.
    public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
        return new Tensor(torch.layer_norm(
                x.pointer(),
                new long[] {weight.size(0)},
                new TensorOptional(weight.pointer()),
                new TensorOptional(bias.pointer()),
                epsilon,
                true));
    }

    /// An orthonormal basis and what remains: `Q [rows, k]`, `R [k, columns]`, `k` the smaller of both.
    public record Qr(Tensor q, Tensor r) {}

    /// Decompose a matrix into `Q R`; always on the CPU, since libtorch's decompositions on a GPU are a library of
    /// their own, and thin matrices gain nothing there.
    public static Qr qr(Tensor matrix) {
        Device device = matrix.device();
        var result = torch.linalg_qr(matrix.on(Device.CPU).pointer());
        return new Qr(new Tensor(result.get0()).on(device), new Tensor(result.get1()).on(device));
    }

    /// `U [rows, k]`, the singular values `[k]` from the largest, `V^T [k, columns]`, `k` the smaller side.
    public record Svd(Tensor u, Tensor values, Tensor v) {}

    /// Decompose a matrix into `U S V^T`; on the CPU, as [#qr].
    public static Svd svd(Tensor matrix) {
        Device device = matrix.device();
        var result = torch.linalg_svd(matrix.on(Device.CPU).pointer(), false, new StringViewOptional());
        return new Svd(
                new Tensor(result.get0()).on(device),
                new Tensor(result.get1()).on(device),
                new Tensor(result.get2()).on(device));
    }

    /// Run a bidirectional LSTM over a sequence, from a state of zeros.
    ///
    /// @param x          `[time, in]`
    /// @param parameters for each layer, forward then backward: weights `[4 hidden, in]` and `[4 hidden, hidden]`,
    ///                   biases `[4 hidden]` twice
    /// @param hidden     width of one direction
    /// @param dropout    between layers; drawn from the seed of [#seed]
    /// @param training   whether to drop
    /// @return `[time, 2 hidden]`
    public static Tensor biLstm(
            Tensor x, List<Tensor> parameters, int layers, long hidden, double dropout, boolean training) {
        Tensor zeros = Tensors.zeros(x.dtype(), x.device(), 2L * layers, 1, hidden);
        var result = torch.lstm(
                x.unsqueeze(0).pointer(),
                Tensors.vector(List.of(zeros, zeros)),
                Tensors.vector(parameters),
                true,
                layers,
                dropout,
                training,
                true,
                true);
        return new Tensor(result.get0()).squeeze(0);
    }

    public static Tensor silu(Tensor x) {
        return new Tensor(torch.silu(x.pointer()));
    }

    public static Tensor relu(Tensor x) {
        return new Tensor(torch.relu(x.pointer()));
    }

    /// The exact Gaussian error linear unit.
    public static Tensor gelu(Tensor x) {
        return new Tensor(torch.gelu(x.pointer(), "none"));
    }

    /// The Gaussian error linear unit by its tanh approximation, as GPT-2 has it.
    public static Tensor geluTanh(Tensor x) {
        return new Tensor(torch.gelu(x.pointer(), "tanh"));
    }

    /// Causal attention of equal-length rows. Queries `[batch, heads, time, headDim]`, keys and values with as
    /// many heads or fewer.
    public static Tensor causalAttention(Tensor q, Tensor k, Tensor v, double scale) {
        return attention(q, k, v, null, true, scale);
    }

    /// Attention of every query to every key.
    public static Tensor fullAttention(Tensor q, Tensor k, Tensor v, double scale) {
        return attention(q, k, v, null, false, scale);
    }

    /// Attention under an additive mask `[1, 1, queries, keys]` of 0 and minus infinity.
    public static Tensor maskedAttention(Tensor q, Tensor k, Tensor v, Tensor mask, double scale) {
        return attention(q, k, v, mask, false, scale);
    }

    private static Tensor attention(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, boolean causal, double scale) {
        boolean grouped = q.size(1) != k.size(1);
        // Of the fused kernels of a GPU one knows groups, but no mask and no fp32; the other is the other way round.
        if (grouped && q.onGpu() && (mask != null || q.dtype() == DType.F32))
            return attention(q, repeated(k, q.size(1)), repeated(v, q.size(1)), mask, causal, scale);
        return new Tensor(torch.scaled_dot_product_attention(
                q.pointer(),
                k.pointer(),
                v.pointer(),
                mask == null ? new TensorOptional() : new TensorOptional(mask.pointer()),
                0.0,
                causal,
                new DoubleOptional(scale),
                grouped));
    }

    /// Repeat each key or value head for the query heads that share it.
    static Tensor repeated(Tensor x, long heads) {
        long batch = x.size(0);
        long own = x.size(1);
        return x.unsqueeze(2)
                .expand(batch, own, heads / own, x.size(2), x.size(3))
                .reshape(batch, heads, x.size(2), x.size(3));
    }

    /// Tell which attention kernel libtorch would take for these inputs: 0 the plain product, 1 the fused one.
    public static long attentionKernel(Tensor q, Tensor k, Tensor v) {
        try (var scope = Scope.open()) {
            var stack = new IValueVector(
                    new IValue(q.pointer()),
                    new IValue(k.pointer()),
                    new IValue(v.pointer()),
                    new IValue(),
                    new IValue(0.0),
                    new IValue(true),
                    new IValue(),
                    new IValue(q.size(1) != k.size(1)));
            Holder.ATTENTION_KERNEL.callBoxed(stack);
            return stack.get(0).toInt();
        }
    }

    /// Add up the squares of all elements of many tensors; fp64 in Java, so that the order of tensors is the only
    /// order there is.
    public static double squaredNorm(List<Tensor> tensors) {
        double sum = 0;
        try (var scope = Scope.open()) {
            if (onGpu(tensors)) {
                // One by one each norm would be waited for.
                for (double norm : Tensors.stack(norms(tensors), 0).toDoubles()) sum += norm * norm;
                return sum;
            }
            for (Tensor tensor : tensors) {
                double norm = tensor.norm().item();
                sum += norm * norm;
            }
        }
        return sum;
    }

    /// Return the norm of each tensor, `[]`, by one call.
    static List<Tensor> norms(List<Tensor> tensors) {
        var stack = new IValueVector(list(tensors), new IValue(2.0), new IValue());
        Holder.NORMS.callBoxed(stack);
        var norms = stack.get(0).toTensorVector();
        List<Tensor> all = new ArrayList<>();
        for (long i = 0; i < norms.size(); i++) all.add(new Tensor(new org.bytedeco.pytorch.Tensor(norms.get(i))));
        return all;
    }

    /// Tell whether one call for many tensors is worth its boxing: on a GPU the calls take longer than the arithmetic.
    private static boolean onGpu(List<Tensor> tensors) {
        return !tensors.isEmpty() && tensors.getFirst().onGpu();
    }

    /// Make one step of AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2017) on all
    /// tensors of a group.
    ///
    /// @param step number of this step, 1 for the first
    /// @param clip factor on the gradients, over 0; they are changed when it is not 1
    public static void adamW(AdamW group, long step, double learningRate, double clip) {
        if (step < 1) throw new IllegalArgumentException("the first step is 1, got " + step);
        try (var scope = Scope.open();
                var off = Grad.off()) {
            // The kernel reads the count and the gradients' divisor where the tensors are.
            Device device = group.parameters().getFirst().device();
            Tensor count = Tensors.full((double) step, DType.F32, device);
            IValue divisor = clip == 1
                    ? new IValue()
                    : new IValue(Tensors.full(1 / clip, DType.F32, device).pointer());
            List<Tensor> steps = Collections.nCopies(group.parameters().size(), count);
            var stack = new IValueVector(
                    list(group.parameters()),
                    list(group.gradients()),
                    list(group.averages()),
                    list(group.squareAverages()),
                    list(List.of()),
                    list(steps),
                    new IValue(learningRate),
                    new IValue(group.beta1()),
                    new IValue(group.beta2()),
                    new IValue(group.weightDecay()),
                    new IValue(group.epsilon()),
                    new IValue(false),
                    new IValue(false),
                    divisor,
                    new IValue());
            Holder.FUSED_ADAMW.callBoxed(stack);
        }
    }

    /// Box a list of tensors the way the dispatcher wants it: an untyped list that knows it holds tensors.
    private static IValue list(List<Tensor> tensors) {
        var boxed = new GenericList(Holder.TENSOR_TYPE);
        boxed.reserve(tensors.size());
        for (Tensor tensor : tensors) boxed.push_back(new IValue(tensor.pointer()));
        return new IValue(boxed);
    }

    /// What one call of the fused optimizer works on; the lists run in parallel.
    public record AdamW(
            List<Tensor> parameters,
            List<Tensor> gradients,
            List<Tensor> averages,
            List<Tensor> squareAverages,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay) {}

    private static final class Holder {
        static final OperatorHandle FUSED_ADAMW = operator("aten::_fused_adamw_");
        static final OperatorHandle ATTENTION_KERNEL = operator("aten::_fused_sdp_choice");
        static final OperatorHandle NORMS = operator("aten::_foreach_norm", "Scalar");

        static final Type.TypePtr TENSOR_TYPE = tensorType();

        /// The binding has no constructor for the type "tensor", but a schema that takes a list of tensors names
        /// it.
        private static Type.TypePtr tensorType() {
            Type.TypePtr type = FUSED_ADAMW.schema().arguments().type().get().containedType(0);
            type.retainReference();
            return type;
        }

        private static OperatorHandle operator(String name) {
            return operator(name, "");
        }

        private static OperatorHandle operator(String name, String overload) {
            Torch.load();
            OperatorHandle handle = org.bytedeco.pytorch.Dispatcher.singleton().findSchemaOrThrow(name, overload);
            handle.retainReference(); // looked up inside some caller's scope, needed for good
            return handle;
        }
    }
}
