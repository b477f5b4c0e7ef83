package dev.savile.files.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Turn blocks into fp32. *Reference*: the gguf package, bit for bit for F32, F16 and BF16.
final class Dequantizer {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 32;
    /// Values handled at once, so that the working arrays stay in the cache.
    private static final int PIECE = 32 * 1024;

    private Dequantizer() {}

    static void run(GgufTensor tensor, MemorySegment in, MemorySegment out) {
        long count = tensor.count();
        GgufType type = tensor.type();
        if (type == GgufType.F32) {
            out.copyFrom(in);
            return;
        }
        float[] values = new float[PIECE];
        for (long from = 0; from < count; from += PIECE) {
            int length = (int) Math.min(PIECE, count - from);
            byte[] bytes = in.asSlice(
                            from / type.blockValues() * type.blockBytes(),
                            (long) length / type.blockValues() * type.blockBytes())
                    .toArray(ValueLayout.JAVA_BYTE);
            MemorySegment piece = MemorySegment.ofArray(bytes);
            for (int block = 0; block < length / type.blockValues(); block++) {
                int at = block * type.blockBytes();
                int to = block * type.blockValues();
                switch (type) {
                    case F16 -> values[to] = Float.float16ToFloat(piece.get(SHORT, at));
                    case BF16 -> values[to] = Float.intBitsToFloat(piece.get(SHORT, at) << 16);
                    case Q4_0 -> nibbles(bytes, at + 2, Float.float16ToFloat(piece.get(SHORT, at)), 8, 0, values, to);
                    case Q4_1 ->
                        nibbles(
                                bytes,
                                at + 4,
                                Float.float16ToFloat(piece.get(SHORT, at)),
                                0,
                                Float.float16ToFloat(piece.get(SHORT, at + 2)),
                                values,
                                to);
                    case Q8_0 -> {
                        float scale = Float.float16ToFloat(piece.get(SHORT, at));
                        for (int i = 0; i < BLOCK; i++) values[to + i] = scale * bytes[at + 2 + i];
                    }
                    default -> throw new IllegalStateException("no reader for " + type);
                }
            }
            MemorySegment.copy(values, 0, out, FLOAT, from * Float.BYTES, length);
        }
    }

    /// The low halves of 16 bytes are the first 16 values, the high halves the last 16.
    private static void nibbles(byte[] bytes, int at, float scale, int zero, float minimum, float[] out, int to) {
        for (int i = 0; i < BLOCK / 2; i++) {
            out[to + i] = scale * ((bytes[at + i] & 0xF) - zero) + minimum;
            out[to + i + BLOCK / 2] = scale * (((bytes[at + i] >> 4) & 0xF) - zero) + minimum;
        }
    }
}
