package dev.savile.files.safetensors;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An open, mapped file. What it hands out is valid until it is closed.
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment content;
    private final Map<String, TensorInfo> tensors;
    private final Map<String, String> metadata;

    SafetensorsFile(
            Path path,
            Arena arena,
            MemorySegment content,
            Map<String, TensorInfo> tensors,
            Map<String, String> metadata) {
        this.path = path;
        this.arena = arena;
        this.content = content;
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /// Names in the order of the file.
    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    public TensorInfo info(String name) {
        TensorInfo info = tensors.get(name);
        if (info == null) throw new IllegalArgumentException("there is no tensor " + name + " in " + path);
        return info;
    }

    /// Look at a tensor's bytes, read-only.
    public MemorySegment segment(String name) {
        TensorInfo info = info(name);
        return content.asSlice(info.offsetBytes(), info.sizeBytes()).asReadOnly();
    }

    /// Give back the memory that a tensor's pages take up. Reading it again fetches them again, from the system's
    /// cache as long as they are there.
    public void unload(String name) {
        TensorInfo info = info(name);
        content.asSlice(info.offsetBytes(), info.sizeBytes()).unload();
    }

    public Map<String, String> metadata() {
        return metadata;
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        arena.close();
    }
}
