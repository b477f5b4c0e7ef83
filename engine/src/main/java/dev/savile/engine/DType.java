package dev.savile.engine;

/// Name the element types that weights and activations come in.
public enum DType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// Return the size of one element in bytes.
    public int bytes() {
        return bytes;
    }

    /// Tell whether the values are floating-point numbers, which alone can be trained.
    public boolean floating() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    /// The type that sums, norms and losses of this type are computed in: fp32, or fp64 for fp64.
    public DType wide() {
        return this == F64 ? F64 : F32;
    }
}
