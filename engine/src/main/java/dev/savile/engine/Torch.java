package dev.savile.engine;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.AutogradState;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Float32Backend;
import org.bytedeco.pytorch.global.torch.Float32Op;
import org.bytedeco.pytorch.global.torch.Float32Precision;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Load libtorch once, on first use, and hold the native constants that every call needs.
///
/// Loading takes more than a second, so nothing that can answer without tensors (help, argument errors) may touch
/// this class.
final class Torch {
    static final Scalar ONE;
    static final Scalar MINUS_ONE;
    private static final long RESIDENT_AT_START;

    /// Whether Intel's MKL stands in for OpenBLAS, as the launcher asks on x86-64.
    static final boolean MKL =
            System.getProperty("org.bytedeco.openblas.load", "").contains("mkl");

    static {
        Loader.load(torch.class);
        if (!MKL) openblas_nolapack.blas_set_num_threads(1); // see Threads
        torch.set_num_interop_threads(1);
        var context = torch.globalContext();
        // fp32 means fp32 everywhere, in cuDNN's LSTM too, which would take fewer bits by default.
        context.setFloat32Precision(Float32Backend.CUDA, Float32Op.RNN, Float32Precision.IEEE);
        // It makes a plan for each shape, and no two passes have the same shapes.
        context.setSDPUseCuDNN(false);
        ONE = new Scalar(1.0);
        ONE.retainReference();
        MINUS_ONE = new Scalar(-1.0);
        MINUS_ONE.retainReference();
        RESIDENT_AT_START = Memory.residentBytes();
    }

    private Torch() {}

    /// Make sure that the static initializer has run.
    static void load() {
        if (ONE.isNull()) throw new IllegalStateException("libtorch is not loaded");
    }

    /// Return the resident bytes of this process right after loading.
    static long bytesAtStart() {
        return RESIDENT_AT_START;
    }

    /// Let the backward passes of the calling thread run on it. libtorch would walk what lies on a GPU on another one,
    /// which knows nothing of this thread's scopes and formulas.
    static void keepBackwardOnThisThread() {
        AutogradState.get_tls_state().set_multithreading_enabled(false);
    }

    static ScalarType type(DType dtype) {
        return switch (dtype) {
            case F64 -> ScalarType.Double;
            case F32 -> ScalarType.Float;
            case F16 -> ScalarType.Half;
            case BF16 -> ScalarType.BFloat16;
            case I64 -> ScalarType.Long;
            case I32 -> ScalarType.Int;
            case I16 -> ScalarType.Short;
            case I8 -> ScalarType.Char;
            case U8 -> ScalarType.Byte;
            case BOOL -> ScalarType.Bool;
        };
    }

    static DType dtype(ScalarType type) {
        return switch (type.intern()) {
            case Double -> DType.F64;
            case Float -> DType.F32;
            case Half -> DType.F16;
            case BFloat16 -> DType.BF16;
            case Long -> DType.I64;
            case Int -> DType.I32;
            case Short -> DType.I16;
            case Char -> DType.I8;
            case Byte -> DType.U8;
            case Bool -> DType.BOOL;
            default -> throw new IllegalStateException("an element type that is not used here: " + type);
        };
    }

    /// Return options for a new tensor, living in the innermost scope.
    static TensorOptions options(DType dtype, Device device) {
        var options = new TensorOptions(type(dtype));
        return options.device(new org.bytedeco.pytorch.DeviceOptional(nativeDevice(device)));
    }

    static org.bytedeco.pytorch.Device nativeDevice(Device device) {
        return new org.bytedeco.pytorch.Device(device.toString());
    }
}
