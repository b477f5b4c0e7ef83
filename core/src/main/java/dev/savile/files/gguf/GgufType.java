package dev.savile.files.gguf;

import dev.savile.common.UserError;

/// The tensor types of GGUF: how many values a block holds and how many bytes it takes.
///
/// All types are known, so that a file's layout can be checked; those with `readable` can be turned into numbers.
public enum GgufType {
    F32(0, 1, 4, true),
    F16(1, 1, 2, true),
    Q4_0(2, 32, 18, true),
    Q4_1(3, 32, 20, true),
    Q5_0(6, 32, 22, false),
    Q5_1(7, 32, 24, false),
    Q8_0(8, 32, 34, true),
    Q8_1(9, 32, 36, false),
    Q2_K(10, 256, 84, false),
    Q3_K(11, 256, 110, false),
    Q4_K(12, 256, 144, false),
    Q5_K(13, 256, 176, false),
    Q6_K(14, 256, 210, false),
    Q8_K(15, 256, 292, false),
    IQ2_XXS(16, 256, 66, false),
    IQ2_XS(17, 256, 74, false),
    IQ3_XXS(18, 256, 98, false),
    IQ1_S(19, 256, 50, false),
    IQ4_NL(20, 32, 18, false),
    IQ3_S(21, 256, 110, false),
    IQ2_S(22, 256, 82, false),
    IQ4_XS(23, 256, 136, false),
    I8(24, 1, 1, false),
    I16(25, 1, 2, false),
    I32(26, 1, 4, false),
    I64(27, 1, 8, false),
    F64(28, 1, 8, false),
    IQ1_M(29, 256, 56, false),
    BF16(30, 1, 2, true);

    private final int id;
    private final int blockValues;
    private final int blockBytes;
    private final boolean readable;

    GgufType(int id, int blockValues, int blockBytes, boolean readable) {
        this.id = id;
        this.blockValues = blockValues;
        this.blockBytes = blockBytes;
        this.readable = readable;
    }

    static GgufType of(long id, String tensor) {
        for (GgufType type : values()) if (type.id == id) return type;
        throw new UserError(
                "gguf.type",
                "the tensor " + tensor + " has the unknown type " + id,
                "its values cannot be read",
                "use a GGUF file of type F32, F16, BF16, Q4_0, Q4_1 or Q8_0");
    }

    /// Values of one block.
    public int blockValues() {
        return blockValues;
    }

    /// Bytes of one block.
    public int blockBytes() {
        return blockBytes;
    }

    public boolean readable() {
        return readable;
    }
}
