package dev.savile.files.safetensors;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Read safetensors files: eight bytes with the length of a JSON header, the header, then the tensors' bytes.
///
/// The file is mapped, not copied, so files above 2 GB work and processes share the pages. Everything is checked
/// before a byte of a tensor is handed out; each fault has a code of its own.
public final class Safetensors {
    private static final long MAX_HEADER = 100_000_000;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Safetensors() {}

    /// Open a file.
    ///
    /// @throws UserError `safetensors.short`, `.header-length`, `.header`, `.duplicate`, `.dtype`, `.shape`,
    ///         `.offsets`, `.overlap`, `.hole`
    @SuppressWarnings("MustBeClosedChecker") // the opened file owns the arena
    public static SafetensorsFile open(Path file) {
        if (!Files.isRegularFile(file))
            throw UserError.notFound(
                    "file.missing", "there is no file " + file, "weights would come from it", "check the path");
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < 8) throw fault(file, "short", "it has " + size + " bytes, too few for the length of a header");
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            long headerLength = content.get(LENGTH, 0);
            if (headerLength < 2 || headerLength > MAX_HEADER || headerLength > size - 8)
                throw fault(
                        file,
                        "header-length",
                        "it announces a header of " + Long.toUnsignedString(headerLength) + " bytes in a file of "
                                + size);
            JsonNode header = header(file, content.asSlice(8, headerLength));
            Map<String, TensorInfo> tensors = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : header.properties()) {
                if (entry.getKey().equals("__metadata__")) metadata.putAll(metadata(file, entry.getValue()));
                else
                    tensors.put(entry.getKey(), tensor(file, entry.getKey(), entry.getValue(), 8 + headerLength, size));
            }
            checkLayout(file, tensors, 8 + headerLength, size);
            return new SafetensorsFile(file, arena, content, tensors, metadata);
        } catch (IOException e) {
            arena.close();
            throw new UserError(
                            "file.unreadable",
                            "cannot read " + file + " (" + e + ")",
                            "weights would come from it",
                            "check that you may read the file")
                    .causedBy(e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static JsonNode header(Path file, MemorySegment bytes) {
        if (bytes.get(ValueLayout.JAVA_BYTE, 0) != '{')
            throw fault(file, "header", "its header does not begin with '{'");
        try {
            ByteBuffer raw = ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
            String text = StandardCharsets.UTF_8.newDecoder().decode(raw).toString();
            JsonNode header = Json.strict().readTree(text);
            if (!header.isObject()) throw fault(file, "header", "its header is no JSON object");
            return header;
        } catch (CharacterCodingException e) {
            throw fault(file, "header", "its header is not UTF-8");
        } catch (JacksonException e) {
            String problem = String.valueOf(e.getOriginalMessage());
            boolean twice = problem.contains("uplicate");
            throw fault(file, twice ? "duplicate" : "header", "its header is not valid: " + problem);
        }
    }

    private static Map<String, String> metadata(Path file, JsonNode node) {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (!node.isObject()) throw fault(file, "header", "its __metadata__ is no object");
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getValue().isString()) throw fault(file, "header", "its __metadata__ holds more than texts");
            metadata.put(entry.getKey(), entry.getValue().stringValue());
        }
        return metadata;
    }

    private static TensorInfo tensor(Path file, String name, JsonNode node, long start, long size) {
        if (!node.isObject()) throw fault(file, "header", "the entry of '" + name + "' is no object");
        for (String key : node.propertyNames())
            if (!List.of("dtype", "shape", "data_offsets").contains(key))
                throw fault(file, "header", "the entry of '" + name + "' has an unknown key " + key);
        DType dtype = dtype(file, name, node.path("dtype").asString(""));
        JsonNode shapeNode = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!shapeNode.isArray()) throw fault(file, "shape", "'" + name + "' has no shape");
        if (!offsets.isArray() || offsets.size() != 2)
            throw fault(file, "offsets", "'" + name + "' has no pair of offsets");
        long[] shape = new long[shapeNode.size()];
        long bytes = dtype.bytes();
        try {
            for (int i = 0; i < shape.length; i++) {
                shape[i] = whole(file, name, shapeNode.get(i));
                bytes = Math.multiplyExact(bytes, shape[i]);
            }
        } catch (ArithmeticException e) {
            throw fault(file, "shape", "the size of '" + name + "' overflows");
        }
        long begin = whole(file, name, offsets.get(0));
        long end = whole(file, name, offsets.get(1));
        if (begin > end || end > size - start)
            throw fault(
                    file,
                    "offsets",
                    "'" + name + "' lies at " + begin + " to " + end + " of " + (size - start) + " bytes");
        if (end - begin != bytes)
            throw fault(
                    file, "shape", "'" + name + "' needs " + bytes + " bytes by its shape and has " + (end - begin));
        return new TensorInfo(name, dtype, shape, start + begin, bytes);
    }

    private static long whole(Path file, String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0)
            throw fault(file, "shape", "'" + name + "' has the number " + value + " where a size or an offset belongs");
        return value.longValue();
    }

    private static DType dtype(Path file, String name, String dtype) {
        for (DType known : DType.values()) if (known.name().equals(dtype)) return known;
        throw fault(file, "dtype", "'" + name + "' has the unknown element type '" + dtype + "'");
    }

    private static void checkLayout(Path file, Map<String, TensorInfo> tensors, long start, long size) {
        List<TensorInfo> order = new ArrayList<>(tensors.values());
        order.sort(Comparator.comparingLong(TensorInfo::offsetBytes).thenComparingLong(TensorInfo::sizeBytes));
        long at = start;
        for (TensorInfo info : order) {
            if (info.offsetBytes() < at)
                throw fault(file, "overlap", "'" + info.name() + "' lies over the tensor before it");
            if (info.offsetBytes() > at)
                throw fault(file, "hole", "there are unused bytes before '" + info.name() + "'");
            at = info.offsetBytes() + info.sizeBytes();
        }
        if (at != size) throw fault(file, "hole", (size - at) + " bytes at its end belong to no tensor");
    }

    private static UserError fault(Path file, String code, String what) {
        return new UserError(
                "safetensors." + code,
                file + " is damaged or no safetensors file: " + what,
                "reading on would give wrong weights",
                "copy or download the file again");
    }
}
