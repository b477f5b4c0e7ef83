package dev.savile.files.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Read the little-endian head of a GGUF file, never beyond its end.
final class GgufInput {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ARRAY = 9;

    private final Path file;
    private final MemorySegment content;
    private long at;

    GgufInput(Path file, MemorySegment content) {
        this.file = file;
        this.content = content;
    }

    long position() {
        return at;
    }

    private long take(long bytes) {
        if (bytes < 0 || bytes > content.byteSize() - at)
            throw GgufFile.fault(file, "short", "it ends in the middle of its head");
        long from = at;
        at += bytes;
        return from;
    }

    long u32() {
        return Integer.toUnsignedLong(content.get(INT, take(4)));
    }

    long u64() {
        return content.get(LONG, take(8));
    }

    /// Read how many entries follow; each takes at least `bytesEach`, so more than the rest of the file cannot be.
    long count(long bytesEach) {
        long count = u64();
        if (count < 0 || count > (content.byteSize() - at) / bytesEach)
            throw GgufFile.fault(file, "count", "it announces " + Long.toUnsignedString(count) + " entries");
        return count;
    }

    String text() {
        long length = u64();
        if (length < 0 || length > content.byteSize() - at)
            throw GgufFile.fault(file, "text", "a text is longer than the file");
        byte[] bytes = content.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    Object value(long type) {
        return switch ((int) type) {
            case 0 -> Byte.toUnsignedInt(content.get(ValueLayout.JAVA_BYTE, take(1)));
            case 1 -> (int) content.get(ValueLayout.JAVA_BYTE, take(1));
            case 2 -> Short.toUnsignedInt(content.get(SHORT, take(2)));
            case 3 -> (int) content.get(SHORT, take(2));
            case 4 -> u32();
            case 5 -> content.get(INT, take(4));
            case 6 -> Float.intBitsToFloat(content.get(INT, take(4)));
            case 7 -> content.get(ValueLayout.JAVA_BYTE, take(1)) != 0;
            case 8 -> text();
            case ARRAY -> array();
            case 10, 11 -> u64();
            case 12 -> Double.longBitsToDouble(u64());
            default -> throw GgufFile.fault(file, "value", "a metadata value has the unknown type " + type);
        };
    }

    /// Lists of lists are allowed by the format and used by no model; they are refused, whatever their depth.
    private List<Object> array() {
        long type = u32();
        if (type == ARRAY) throw GgufFile.fault(file, "nested", "a metadata value is a list of lists");
        long count = count(1);
        List<Object> values = new ArrayList<>();
        for (long i = 0; i < count; i++) values.add(value(type));
        return values;
    }
}
