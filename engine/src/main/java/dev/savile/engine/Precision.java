package dev.savile.engine;

/// Choose in which element types a model computes on a device.
///
/// Norms, softmax and losses are always at least fp32, and trained values and optimizer state are fp32.
///
/// @param linear    the base's weights and the activations between them: [DType#F32], [DType#BF16] or, for tests,
///                  [DType#F64]
/// @param attention queries, keys and values inside the attention; bf16 attention is slow on CPUs and right on
///                  GPUs
public record Precision(DType linear, DType attention) {
    public static final Precision FP32 = new Precision(DType.F32, DType.F32);
    public static final Precision FP64 = new Precision(DType.F64, DType.F64);

    public Precision {
        if (!linear.floating() || !attention.floating())
            throw new IllegalArgumentException("precision needs floating types, got " + linear + ", " + attention);
    }

    /// Return bf16 linears with the attention type that suits the device.
    public static Precision bf16(Device device) {
        return new Precision(DType.BF16, device.kind() == Device.Kind.CPU ? DType.F32 : DType.BF16);
    }

    /// Return the short name used on the command line and in records.
    public String label() {
        return switch (linear) {
            case BF16 -> "bf16";
            case F64 -> "fp64";
            default -> "fp32";
        };
    }
}
