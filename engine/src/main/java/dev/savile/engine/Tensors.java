package dev.savile.engine;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Make tensors: filled, from Java arrays, from mapped memory, or by joining others.
public final class Tensors {
    private Tensors() {}

    public static Tensor zeros(DType dtype, Device device, long... shape) {
        Torch.load();
        return new Tensor(torch.zeros(shape, Torch.options(dtype, device)));
    }

    public static Tensor ones(DType dtype, Device device, long... shape) {
        Torch.load();
        return new Tensor(torch.ones(shape, Torch.options(dtype, device)));
    }

    public static Tensor full(double value, DType dtype, Device device, long... shape) {
        Torch.load();
        return new Tensor(torch.full(shape, new Scalar(value), Torch.options(dtype, device)));
    }

    /// Make a tensor whose values are whatever was in memory; every element must be written before it is read.
    public static Tensor empty(DType dtype, Device device, long... shape) {
        Torch.load();
        return new Tensor(
                torch.empty(shape, Torch.options(dtype, device), new org.bytedeco.pytorch.MemoryFormatOptional()));
    }

    /// Return `[0, 1, ..., count - 1]` as I64.
    public static Tensor range(long count, Device device) {
        Torch.load();
        return new Tensor(torch.arange(new Scalar(count), Torch.options(DType.I64, device)));
    }

    /// Copy an array into an F32 tensor on the CPU.
    public static Tensor of(float[] values, long... shape) {
        var tensor = empty(DType.F32, Device.CPU, shape);
        checkCount(values.length, tensor);
        new FloatPointer(tensor.pointer().data_ptr_float()).put(values);
        return tensor;
    }

    /// Copy an array into an F64 tensor on the CPU.
    public static Tensor of(double[] values, long... shape) {
        var tensor = empty(DType.F64, Device.CPU, shape);
        checkCount(values.length, tensor);
        new DoublePointer(tensor.pointer().data_ptr_double()).put(values);
        return tensor;
    }

    /// Copy an array into an I64 tensor on the CPU.
    public static Tensor of(long[] values, long... shape) {
        var tensor = empty(DType.I64, Device.CPU, shape);
        checkCount(values.length, tensor);
        new LongPointer(tensor.pointer().data_ptr_long()).put(values);
        return tensor;
    }

    /// Copy token ids or positions into an I64 vector on the CPU.
    public static Tensor of(int[] values) {
        long[] wide = new long[values.length];
        for (int i = 0; i < wide.length; i++) wide[i] = values[i];
        return of(wide, wide.length);
    }

    /// Look into memory that somebody else owns, without a copy. The memory must stay mapped while the tensor
    /// lives, and the tensor cannot be changed.
    public static Tensor mapped(MemorySegment segment, DType dtype, long... shape) {
        Torch.load();
        long count = 1;
        for (long size : shape) count = Math.multiplyExact(count, size);
        if (count * dtype.bytes() != segment.byteSize())
            throw new IllegalArgumentException(
                    count + " values of " + dtype + " do not fill " + segment.byteSize() + " bytes");
        if (segment.address() % dtype.bytes() != 0) {
            return copied(segment, dtype, shape); // unaligned: libtorch's vector loops would fault
        }
        return new Tensor(torch.from_blob(new At(segment.address()), shape, Torch.options(dtype, Device.CPU)), true);
    }

    /// Copy memory that somebody else owns into a tensor of its own.
    public static Tensor copied(MemorySegment segment, DType dtype, long... shape) {
        var tensor = empty(dtype, Device.CPU, shape);
        if (tensor.bytes() != segment.byteSize())
            throw new IllegalArgumentException(tensor + " does not hold " + segment.byteSize() + " bytes");
        memory(tensor).copyFrom(segment);
        return tensor;
    }

    /// Look at the memory of a dense CPU tensor; valid while the tensor lives.
    public static MemorySegment memory(Tensor tensor) {
        if (!tensor.pointer().is_contiguous() || tensor.device().kind() != Device.Kind.CPU)
            throw new IllegalArgumentException("only dense CPU tensors can be looked into, got " + tensor);
        return MemorySegment.ofAddress(tensor.pointer().data_ptr().address()).reinterpret(tensor.bytes());
    }

    /// Join tensors along an existing dimension.
    public static Tensor concatenate(List<Tensor> parts, int dimension) {
        if (parts.size() == 1) return parts.getFirst();
        return new Tensor(torch.cat(vector(parts), dimension));
    }

    /// Join tensors along a new dimension.
    public static Tensor stack(List<Tensor> parts, int dimension) {
        return new Tensor(torch.stack(vector(parts), dimension));
    }

    static TensorVector vector(List<Tensor> tensors) {
        var vector = new TensorVector(tensors.size());
        for (int i = 0; i < tensors.size(); i++) vector.put(i, tensors.get(i).pointer());
        return vector;
    }

    private static void checkCount(int given, Tensor tensor) {
        if (tensor.count() != given) throw new IllegalArgumentException(given + " values do not fill " + tensor);
    }

    /// Point at an address that Java knows as a number.
    private static final class At extends Pointer {
        At(long address) {
            this.address = address;
        }
    }
}
