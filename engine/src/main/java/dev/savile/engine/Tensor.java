package dev.savile.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;

/// Hold an n-dimensional array of libtorch.
///
/// A tensor belongs to the innermost [Scope] of the thread that made it and dies with it, unless the scope keeps
/// it or [#retain] was called. Use after that throws instead of reading freed memory. Methods whose name ends in
/// `InPlace` change the tensor; all others return a new one. A tensor that looks into a mapped file refuses to be
/// changed.
public final class Tensor {
    private final org.bytedeco.pytorch.Tensor pointer;
    private final boolean readOnly;

    Tensor(org.bytedeco.pytorch.Tensor pointer) {
        this(pointer, false);
    }

    Tensor(org.bytedeco.pytorch.Tensor pointer, boolean readOnly) {
        this.pointer = pointer;
        this.readOnly = readOnly;
    }

    org.bytedeco.pytorch.Tensor pointer() {
        return pointer;
    }

    // ---- what it is

    public int dimensions() {
        return (int) pointer.dim();
    }

    /// Return the length along a dimension; negative dimensions count from the end.
    public long size(int dimension) {
        return pointer.size(dimension);
    }

    public long[] shape() {
        long[] shape = new long[dimensions()];
        for (int i = 0; i < shape.length; i++) shape[i] = pointer.size(i);
        return shape;
    }

    /// Return the number of elements.
    public long count() {
        return pointer.numel();
    }

    public long bytes() {
        return pointer.numel() * dtype().bytes();
    }

    public DType dtype() {
        return Torch.dtype(pointer.scalar_type());
    }

    public Device device() {
        var device = pointer.device();
        return device.is_cuda() ? new Device(Device.Kind.CUDA, Math.max(0, device.index())) : Device.CPU;
    }

    /// Tell whether the values lie on a GPU, where a call costs more than the arithmetic of a small tensor.
    public boolean onGpu() {
        return pointer.is_cuda();
    }

    /// Tell whether the tensor looks into a mapped file and therefore must not be changed.
    public boolean readOnly() {
        return readOnly;
    }

    // ---- lifetime

    /// Keep the tensor alive beyond its scope, until [#release].
    public Tensor retain() {
        pointer.retainReference();
        return this;
    }

    /// Give up what [#retain] took.
    public void release() {
        pointer.releaseReference();
    }

    // ---- reading values

    /// Return the only element as a double.
    public double item() {
        return pointer.item_double();
    }

    /// Copy all elements, converted to fp32, in row-major order.
    public float[] toFloats() {
        try (var scope = Scope.open()) {
            var dense = on(Device.CPU).to(DType.F32).contiguous();
            float[] values = new float[Math.toIntExact(dense.count())];
            new FloatPointer(dense.pointer.data_ptr_float()).get(values);
            return values;
        }
    }

    /// Copy all elements, converted to fp64, in row-major order.
    public double[] toDoubles() {
        try (var scope = Scope.open()) {
            var dense = on(Device.CPU).to(DType.F64).contiguous();
            double[] values = new double[Math.toIntExact(dense.count())];
            new DoublePointer(dense.pointer.data_ptr_double()).get(values);
            return values;
        }
    }

    /// Copy all elements, converted to 64-bit integers, in row-major order.
    public long[] toLongs() {
        try (var scope = Scope.open()) {
            var dense = on(Device.CPU).to(DType.I64).contiguous();
            long[] values = new long[Math.toIntExact(dense.count())];
            new LongPointer(dense.pointer.data_ptr_long()).get(values);
            return values;
        }
    }

    // ---- type and place

    /// Convert the element type; the same tensor when it has it already.
    public Tensor to(DType dtype) {
        return dtype() == dtype ? this : of(pointer.to(Torch.type(dtype)));
    }

    /// Move to a device; the same tensor when it is there already.
    public Tensor on(Device device) {
        return device().equals(device) ? this : of(pointer.to(Torch.nativeDevice(device), pointer.scalar_type()));
    }

    /// Copy into memory of its own.
    public Tensor copy() {
        return of(pointer.clone(new org.bytedeco.pytorch.MemoryFormatOptional(torch.MemoryFormat.Contiguous)));
    }

    public Tensor contiguous() {
        return pointer.is_contiguous() ? this : of(pointer.contiguous());
    }

    // ---- shape; the results share memory where libtorch can

    public Tensor reshape(long... shape) {
        return view(pointer.reshape(shape));
    }

    /// Look at all elements in a row, never at a copy: changes in place reach this tensor.
    ///
    /// @throws TorchError where they do not lie in a row
    public Tensor flat() {
        return view(pointer.view(-1));
    }

    public Tensor transpose(int first, int second) {
        return view(pointer.transpose(first, second));
    }

    /// Return the matrix transposed.
    public Tensor transposed() {
        return view(pointer.t());
    }

    public Tensor unsqueeze(int dimension) {
        return view(pointer.unsqueeze(dimension));
    }

    public Tensor squeeze(int dimension) {
        return view(pointer.squeeze(dimension));
    }

    /// Repeat along dimensions of length 1 without copying.
    public Tensor expand(long... shape) {
        return view(pointer.expand(shape));
    }

    /// Return `length` entries of a dimension from `start` on.
    public Tensor narrow(int dimension, long start, long length) {
        return view(pointer.narrow(dimension, start, length));
    }

    /// Cut a dimension into runs of the given lengths, which add up to it. The gradients of all runs are joined in one
    /// step, where each [#narrow] would fill a whole tensor with zeros.
    public List<Tensor> split(int dimension, long... lengths) {
        if (lengths.length == 1) return List.of(this);
        var parts = pointer.split_with_sizes(lengths, dimension);
        return views(parts);
    }

    /// Return one entry of a dimension, which is dropped.
    public Tensor select(int dimension, long index) {
        return view(pointer.select(dimension, index));
    }

    /// Take a dimension apart into its entries, which lose it.
    public List<Tensor> unbind(int dimension) {
        return views(torch.unbind(pointer, dimension));
    }

    /// Take tensors out of a vector: what it gives itself points into it, and dies with it.
    private List<Tensor> views(org.bytedeco.pytorch.TensorVector parts) {
        List<Tensor> all = new ArrayList<>();
        for (long i = 0; i < parts.size(); i++) all.add(view(new org.bytedeco.pytorch.Tensor(parts.get(i))));
        return all;
    }

    // ---- picking and placing

    /// Return the entries of a dimension that an I64 vector names.
    public Tensor indexSelect(int dimension, Tensor indices) {
        return of(pointer.index_select(dimension, indices.pointer));
    }

    public Tensor gather(int dimension, Tensor indices) {
        return of(pointer.gather(dimension, indices.pointer));
    }

    /// Return a copy with `values` added at the places that an I64 vector names.
    public Tensor indexAdd(int dimension, Tensor indices, Tensor values) {
        return of(pointer.index_add(dimension, indices.pointer, values.pointer));
    }

    public Tensor maskedFill(Tensor mask, double value) {
        return of(pointer.masked_fill(mask.pointer, new Scalar(value)));
    }

    // ---- arithmetic

    public Tensor plus(Tensor other) {
        return of(pointer.add(other.pointer));
    }

    public Tensor plus(double value) {
        return of(pointer.add(new Scalar(value)));
    }

    /// Return `this + factor * other`.
    public Tensor plus(Tensor other, double factor) {
        return of(pointer.add(other.pointer, new Scalar(factor)));
    }

    public Tensor minus(Tensor other) {
        return of(pointer.sub(other.pointer));
    }

    public Tensor times(Tensor other) {
        return of(pointer.mul(other.pointer));
    }

    public Tensor times(double value) {
        return of(pointer.mul(new Scalar(value)));
    }

    public Tensor dividedBy(Tensor other) {
        return of(pointer.div(other.pointer));
    }

    public Tensor negated() {
        return of(pointer.neg());
    }

    public Tensor exp() {
        return of(pointer.exp());
    }

    public Tensor log() {
        return of(pointer.log());
    }

    public Tensor sqrt() {
        return of(pointer.sqrt());
    }

    public Tensor squared() {
        return of(pointer.mul(pointer));
    }

    public Tensor abs() {
        return of(pointer.abs());
    }

    public Tensor sin() {
        return of(pointer.sin());
    }

    public Tensor cos() {
        return of(pointer.cos());
    }

    public Tensor tanh() {
        return of(pointer.tanh());
    }

    public Tensor sigmoid() {
        return of(pointer.sigmoid());
    }

    /// Return `log(1 + exp(this))`, finite for any value.
    public Tensor softplus() {
        return of(torch.softplus(pointer));
    }

    public Tensor clamped(double low, double high) {
        return of(pointer.clamp(
                new org.bytedeco.pytorch.ScalarOptional(new Scalar(low)),
                new org.bytedeco.pytorch.ScalarOptional(new Scalar(high))));
    }

    /// Matrix product; leading dimensions are batches.
    public Tensor matmul(Tensor other) {
        return of(pointer.matmul(other.pointer));
    }

    /// Return for each element, as I32, how many of some rising bounds lie below it.
    public Tensor bucket(Tensor bounds) {
        return of(torch.bucketize(pointer, bounds.pointer, true, false));
    }

    // ---- comparison (BOOL results)

    public Tensor equalTo(Tensor other) {
        return of(pointer.eq(other.pointer));
    }

    public Tensor lessThan(Tensor other) {
        return of(pointer.lt(other.pointer));
    }

    public Tensor atLeast(double value) {
        return of(pointer.ge(new Scalar(value)));
    }

    /// Tell whether no element is infinite or not a number.
    public boolean finite() {
        try (var scope = Scope.open()) {
            return of(pointer.isfinite()).pointer.all().item_bool();
        }
    }

    // ---- reductions

    public Tensor sum() {
        return of(pointer.sum());
    }

    public Tensor sum(int dimension, boolean keep) {
        return of(pointer.sum(new long[] {dimension}, keep, new ScalarTypeOptional()));
    }

    public Tensor mean() {
        return of(pointer.mean());
    }

    public Tensor mean(int dimension, boolean keep) {
        return of(pointer.mean(new long[] {dimension}, keep, new ScalarTypeOptional()));
    }

    public Tensor max() {
        return of(pointer.max());
    }

    /// Return the largest element along a dimension.
    public Tensor highest(int dimension, boolean keep) {
        return of(pointer.amax(new long[] {dimension}, keep));
    }

    public Tensor argmax(int dimension) {
        return of(pointer.argmax(new LongOptional(dimension), false));
    }

    /// Return the L2 norm of all elements.
    public Tensor norm() {
        return of(pointer.norm());
    }

    public Tensor logSumExp(int dimension, boolean keep) {
        return of(torch.logsumexp(pointer, new long[] {dimension}, keep));
    }

    public Tensor softmax(int dimension) {
        return of(torch.softmax(pointer, dimension));
    }

    public Tensor logSoftmax(int dimension) {
        return of(torch.log_softmax(pointer, dimension));
    }

    /// The `count` largest entries of the last dimension, largest first.
    public TopK topK(long count) {
        var pair = torch.topk(pointer, count);
        return new TopK(of(pair.get0()), of(pair.get1()));
    }

    /// @param values  largest entries, in falling order
    /// @param indices their places, I64
    public record TopK(Tensor values, Tensor indices) {}

    // ---- in place

    public Tensor addInPlace(Tensor other) {
        changeable().add_(other.pointer);
        return this;
    }

    public Tensor addInPlace(Tensor other, double factor) {
        changeable().add_(other.pointer, new Scalar(factor));
        return this;
    }

    public Tensor multiplyInPlace(double factor) {
        changeable().mul_(new Scalar(factor));
        return this;
    }

    public Tensor multiplyInPlace(Tensor other) {
        changeable().mul_(other.pointer);
        return this;
    }

    public Tensor subtractInPlace(Tensor other) {
        changeable().sub_(other.pointer);
        return this;
    }

    public Tensor expInPlace() {
        changeable().exp_();
        return this;
    }

    public Tensor fillInPlace(double value) {
        changeable().fill_(new Scalar(value));
        return this;
    }

    /// Take over the values of another tensor of the same shape.
    public Tensor copyInPlace(Tensor other) {
        changeable().copy_(other.pointer);
        return this;
    }

    /// Add `values` at the places of a dimension that `indices`, of the same shape, name.
    public Tensor scatterAddInPlace(int dimension, Tensor indices, Tensor values) {
        changeable().scatter_add_(dimension, indices.pointer, values.pointer);
        return this;
    }

    /// Add `values` at the places that an I64 vector names.
    public Tensor indexAddInPlace(int dimension, Tensor indices, Tensor values) {
        changeable().index_add_(dimension, indices.pointer, values.pointer);
        return this;
    }

    // ---- gradients

    /// Ask autograd to compute a gradient for this leaf.
    public Tensor requireGradient(boolean required) {
        pointer.set_requires_grad(required);
        return this;
    }

    public boolean requiresGradient() {
        return pointer.requires_grad();
    }

    /// Tell whether a backward pass has left a gradient here.
    public boolean hasGradient() {
        return pointer.grad().defined();
    }

    /// Return the gradient that the backward passes have summed up.
    public Tensor gradient() {
        var gradient = pointer.grad();
        if (!gradient.defined()) throw new IllegalStateException("this tensor has no gradient");
        return of(new org.bytedeco.pytorch.Tensor(gradient)); // the other points into this tensor, and dies with it
    }

    /// Add to the gradient of this leaf what a formula has computed.
    ///
    /// @param share of this tensor's shape; the values are copied when it is the first
    public void addGradient(Tensor share) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            if (hasGradient()) pointer.grad().add_(share.pointer);
            else pointer.mutable_grad().put(share.copy().pointer);
        }
    }

    /// Forget the gradient and give its memory back.
    public void clearGradient() {
        try (var scope = Scope.open()) {
            pointer.mutable_grad().put(new org.bytedeco.pytorch.Tensor());
        }
    }

    /// Return the same values, cut off from the graph.
    public Tensor detach() {
        return view(pointer.detach());
    }

    /// Back-propagate from a scalar.
    public void backward() {
        Torch.keepBackwardOnThisThread();
        pointer.backward();
    }

    /// Back-propagate with the gradient of the loss with respect to this tensor.
    public void backward(Tensor gradient) {
        Torch.keepBackwardOnThisThread();
        pointer.backward(gradient.pointer, new BoolOptional(), false, new TensorArrayRefOptional());
    }

    /// Back-propagate from several tensors at once, each with its own gradient.
    public static void backward(List<Tensor> tensors, List<Tensor> gradients) {
        Torch.keepBackwardOnThisThread();
        torch.backward(
                Tensors.vector(tensors),
                Tensors.vector(gradients),
                new BoolOptional(),
                false,
                new org.bytedeco.pytorch.TensorVector());
    }

    @Override
    public String toString() {
        return dtype() + Arrays.toString(shape());
    }

    private Tensor of(org.bytedeco.pytorch.Tensor result) {
        return new Tensor(result);
    }

    private Tensor view(org.bytedeco.pytorch.Tensor result) {
        return new Tensor(result, readOnly);
    }

    org.bytedeco.pytorch.Tensor changeable() {
        if (readOnly)
            throw new IllegalStateException("a tensor that looks into a mapped file cannot be changed: copy it first");
        return pointer;
    }
}
