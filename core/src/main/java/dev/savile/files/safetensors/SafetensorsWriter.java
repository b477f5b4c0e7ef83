package dev.savile.files.safetensors;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Write safetensors files, byte for byte as the reference library does: tensors in the order of their element
/// size (large first) and name, a header padded to eight bytes. A crash leaves the old file or the new one.
public final class SafetensorsWriter {
    private static final int CHUNK = 1 << 24;
    private static final double SPARE = 1.1;

    private SafetensorsWriter() {}

    /// A tensor to be written.
    ///
    /// @param data its bytes, little-endian, row-major
    public record Entry(String name, DType dtype, long[] shape, MemorySegment data) {
        public Entry {
            shape = shape.clone();
            long bytes = dtype.bytes();
            for (long size : shape) bytes *= size;
            if (bytes != data.byteSize())
                throw new IllegalArgumentException(
                        name + " has " + data.byteSize() + " bytes, its shape needs " + bytes);
        }
    }

    /// Write a file.
    ///
    /// @throws UserError `disk.full` or `disk.write`; nothing is left behind
    public static void write(Path target, List<Entry> entries, Map<String, String> metadata) {
        List<Entry> ordered = entries.stream()
                .sorted(Comparator.comparingInt((Entry entry) -> -rank(entry.dtype()))
                        .thenComparing(Entry::name))
                .toList();
        byte[] header = header(ordered, metadata);
        Path file = target.toAbsolutePath();
        Path folder = file.getParent();
        if (folder == null) throw new IllegalStateException("no folder above " + file);
        Path temporary = folder.resolve(
                ".tmp-" + file.getFileName() + "-" + ProcessHandle.current().pid());
        try {
            Files.createDirectories(folder);
            long bytes = 8
                    + header.length
                    + ordered.stream()
                            .mapToLong(entry -> entry.data().byteSize())
                            .sum();
            checkSpace(folder, bytes);
            try (FileChannel out = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
                start.putLong(header.length).put(header).flip();
                while (start.hasRemaining()) out.write(start);
                for (Entry entry : ordered) write(out, entry.data());
                out.force(true);
            }
            DurableFiles.moveInto(temporary, file);
        } catch (IOException e) {
            DurableFiles.delete(temporary);
            throw DurableFiles.cannotWrite(target, e);
        } catch (RuntimeException e) {
            DurableFiles.delete(temporary);
            throw e;
        }
    }

    private static void write(FileChannel out, MemorySegment data) throws IOException {
        for (long at = 0; at < data.byteSize(); at += CHUNK) {
            ByteBuffer buffer =
                    data.asSlice(at, Math.min(CHUNK, data.byteSize() - at)).asByteBuffer();
            while (buffer.hasRemaining()) out.write(buffer);
        }
    }

    private static void checkSpace(Path folder, long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < bytes * SPARE)
            throw UserError.resource(
                    "disk.full",
                    "writing needs " + Units.bytes(bytes) + ", " + folder + " has " + Units.bytes(free) + " free",
                    "a file would be left half-written",
                    "free some disk space, or choose another folder");
    }

    /// The reference library's order of element types.
    private static int rank(DType dtype) {
        return switch (dtype) {
            case BOOL -> 0;
            case U8 -> 1;
            case I8 -> 2;
            case I16 -> 3;
            case F16 -> 4;
            case BF16 -> 5;
            case I32 -> 6;
            case F32 -> 7;
            case F64 -> 8;
            case I64 -> 9;
        };
    }

    private static byte[] header(List<Entry> entries, Map<String, String> metadata) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) header.put("__metadata__", metadata);
        long at = 0;
        for (Entry entry : entries) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("dtype", entry.dtype().name());
            fields.put("shape", entry.shape());
            fields.put("data_offsets", new long[] {at, at + entry.data().byteSize()});
            if (header.put(entry.name(), fields) != null)
                throw new IllegalArgumentException(entry.name() + " is there twice");
            at += entry.data().byteSize();
        }
        byte[] json = Json.line(header).getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }
}
