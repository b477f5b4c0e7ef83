package dev.savile.model;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.files.safetensors.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Weights that look into mapped files. What has the wanted type already is not copied; the rest is converted once,
/// when it is first asked for, and the pages that it was read from are given back.
public final class MappedWeights implements Weights {
    private final List<SafetensorsFile> files;
    private final DType dtype;
    private final Device device;
    private final Map<String, Stored> stored = new LinkedHashMap<>();
    private final Map<String, Tensor> converted = new LinkedHashMap<>();

    /// A tensor as a file has it.
    private record Stored(Tensor tensor, SafetensorsFile file) {}

    private MappedWeights(List<SafetensorsFile> files, DType dtype, Device device) {
        this.files = List.copyOf(files);
        this.dtype = dtype;
        this.device = device;
    }

    /// Take over open files: they are closed with the weights.
    ///
    /// @param dtype type of all weights
    public static MappedWeights of(List<SafetensorsFile> files, DType dtype, Device device) {
        var weights = new MappedWeights(files, dtype, device);
        try (var scope = Scope.open()) {
            for (SafetensorsFile file : files) weights.add(file);
        }
        return weights;
    }

    private void add(SafetensorsFile file) {
        for (String name : file.names()) {
            TensorInfo info = file.info(name);
            if (!info.dtype().floating())
                continue; // old checkpoints store masks and positions, which are computed here
            Tensor mapped = Tensors.mapped(file.segment(name), info.dtype(), info.shape());
            if (!mapped.readOnly()) file.unload(name); // it was copied
            if (stored.put(name, new Stored(mapped.retain(), file)) != null)
                throw new UserError(
                        "model.shard",
                        "the weights hold " + name + " twice",
                        "which one is meant cannot be told",
                        "fetch the model again");
        }
    }

    @Override
    public List<String> names() {
        return List.copyOf(stored.keySet());
    }

    @Override
    public boolean has(String name) {
        return stored.containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        return converted.computeIfAbsent(name, key -> {
            try (var scope = Scope.open()) {
                Tensor tensor = stored(key);
                Tensor wanted = tensor.to(dtype).on(device);
                if (wanted != tensor) unload(key);
                return wanted.retain();
            }
        });
    }

    @Override
    public Tensor stored(String name) {
        return find(name).tensor;
    }

    @Override
    public void unload(String name) {
        find(name).file.unload(name);
    }

    private Stored find(String name) {
        Stored found = stored.get(name);
        if (found == null) throw new IllegalArgumentException("there is no weight " + name);
        return found;
    }

    @Override
    public void close() {
        converted.values().forEach(Tensor::release);
        stored.values().forEach(one -> one.tensor.release());
        files.forEach(SafetensorsFile::close);
    }
}
