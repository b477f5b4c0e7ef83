package dev.savile.files.gguf;

import dev.savile.common.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An open, mapped GGUF file: metadata, and tensors that can be turned into fp32.
///
/// Every count, length and offset is checked against the file's size before it is used, so a hostile file costs
/// neither memory nor time.
public final class GgufFile implements AutoCloseable {
    private static final long MAGIC = 0x46554747; // "GGUF"
    private static final int MAX_DIMENSIONS = 4;

    private final Path path;
    private final Arena arena;
    private final MemorySegment content;
    private final Map<String, Object> metadata;
    private final Map<String, GgufTensor> tensors;

    private GgufFile(
            Path path,
            Arena arena,
            MemorySegment content,
            Map<String, Object> metadata,
            Map<String, GgufTensor> tensors) {
        this.path = path;
        this.arena = arena;
        this.content = content;
        this.metadata = Collections.unmodifiableMap(metadata);
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /// Open a file.
    ///
    /// @throws UserError with a code `gguf.*` that names the fault
    @SuppressWarnings("MustBeClosedChecker") // the opened file owns the arena
    public static GgufFile open(Path file) {
        if (!Files.isRegularFile(file))
            throw UserError.notFound(
                    "file.missing", "there is no file " + file, "a model would come from it", "check the path");
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            var in = new GgufInput(file, content);
            if (in.u32() != MAGIC) throw fault(file, "magic", "it does not begin with GGUF");
            long version = in.u32();
            if (version != 2 && version != 3)
                throw fault(file, "version", "its version is " + version + "; 2 and 3 are known");
            long tensorCount = in.count(8 + 4 + 4 + 8);
            long entryCount = in.count(8 + 4);
            Map<String, Object> metadata = new LinkedHashMap<>();
            for (long i = 0; i < entryCount; i++) {
                String key = in.text();
                if (metadata.put(key, in.value(in.u32())) != null)
                    throw fault(file, "duplicate", "the key " + key + " is there twice");
            }
            List<GgufTensor> infos = new ArrayList<>();
            for (long i = 0; i < tensorCount; i++) infos.add(tensor(file, in));
            long alignment = metadata.get("general.alignment") instanceof Number n ? n.longValue() : 32;
            if (alignment < 8 || Long.bitCount(alignment) != 1)
                throw fault(
                        file, "alignment", "its alignment is " + alignment + ", which is no power of two from 8 on");
            long start = (in.position() + alignment - 1) / alignment * alignment;
            return new GgufFile(
                    file, arena, content, metadata, placed(file, infos, start, alignment, content.byteSize()));
        } catch (IOException e) {
            arena.close();
            throw new UserError(
                            "file.unreadable",
                            "cannot read " + file + " (" + e + ")",
                            "a model would come from it",
                            "check that you may read the file")
                    .causedBy(e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static GgufTensor tensor(Path file, GgufInput in) {
        String name = in.text();
        long dimensions = in.u32();
        if (dimensions > MAX_DIMENSIONS) throw fault(file, "shape", name + " has " + dimensions + " dimensions");
        long[] shape = new long[(int) dimensions];
        long count = 1;
        try {
            for (int i = 0; i < shape.length; i++) {
                long size = in.u64();
                if (size < 0) throw fault(file, "shape", name + " has a dimension of " + Long.toUnsignedString(size));
                shape[shape.length - 1 - i] = size;
                count = Math.multiplyExact(count, size);
            }
        } catch (ArithmeticException e) {
            throw fault(file, "shape", "the size of " + name + " overflows");
        }
        GgufType type = GgufType.of(in.u32(), name);
        long rowLength = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (rowLength % type.blockValues() != 0)
            throw fault(file, "shape", name + " has rows of " + rowLength + " values, which " + type + " cannot hold");
        long offset = in.u64();
        if (offset < 0) throw fault(file, "offset", name + " lies beyond the file");
        return new GgufTensor(name, type, shape, offset, count / type.blockValues() * type.blockBytes());
    }

    /// Turn offsets from the start of the data into offsets from the start of the file, and check that tensors lie
    /// apart.
    private static Map<String, GgufTensor> placed(
            Path file, List<GgufTensor> infos, long start, long alignment, long size) {
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (GgufTensor info : infos) {
            if (info.offsetBytes() % alignment != 0)
                throw fault(file, "alignment", info.name() + " does not begin at a multiple of " + alignment);
            if (info.offsetBytes() > size - start || info.sizeBytes() > size - start - info.offsetBytes())
                throw fault(file, "offset", info.name() + " reaches beyond the end of the file");
            var placed = new GgufTensor(
                    info.name(), info.type(), info.shape(), start + info.offsetBytes(), info.sizeBytes());
            if (tensors.put(info.name(), placed) != null)
                throw fault(file, "duplicate", "the tensor " + info.name() + " is there twice");
        }
        List<GgufTensor> order = new ArrayList<>(tensors.values());
        order.sort(Comparator.comparingLong(GgufTensor::offsetBytes));
        for (int i = 1; i < order.size(); i++)
            if (order.get(i).offsetBytes()
                    < order.get(i - 1).offsetBytes() + order.get(i - 1).sizeBytes())
                throw fault(
                        file,
                        "overlap",
                        order.get(i).name() + " lies over " + order.get(i - 1).name());
        return tensors;
    }

    static UserError fault(Path file, String code, String what) {
        return new UserError(
                "gguf." + code,
                file + " is damaged or no GGUF file: " + what,
                "reading on would give a wrong model",
                "copy or download the file again");
    }

    /// Metadata as plain values: texts, numbers, booleans and lists.
    public Map<String, Object> metadata() {
        return metadata;
    }

    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    public GgufTensor info(String name) {
        GgufTensor tensor = tensors.get(name);
        if (tensor == null) throw new IllegalArgumentException("there is no tensor " + name + " in " + path);
        return tensor;
    }

    /// Write a tensor's values as fp32.
    ///
    /// @param floats room for all values
    /// @throws UserError `gguf.type` for a quantization that cannot be read
    public void dequantize(String name, MemorySegment floats) {
        GgufTensor tensor = info(name);
        if (!tensor.type().readable())
            throw new UserError(
                    "gguf.type",
                    name + " in " + path + " is quantized as " + tensor.type() + ", which cannot be read",
                    "its values are needed",
                    "use a file of type F32, F16, BF16, Q4_0, Q4_1 or Q8_0");
        Dequantizer.run(tensor, content.asSlice(tensor.offsetBytes(), tensor.sizeBytes()), floats);
    }

    @Override
    public void close() {
        arena.close();
    }
}
