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

/// Weights that look into mapped files. What has the wanted type already is not copied; the rest is converted
/// once.
public final class MappedWeights implements Weights {
    private final List<SafetensorsFile> files;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private MappedWeights(List<SafetensorsFile> files) {
        this.files = List.copyOf(files);
    }

    /// Take over open files: they are closed with the weights.
    ///
    /// @param dtype type of all weights
    public static MappedWeights of(List<SafetensorsFile> files, DType dtype, Device device) {
        var weights = new MappedWeights(files);
        try (var scope = Scope.open()) {
            for (SafetensorsFile file : files) weights.add(file, dtype, device);
        }
        return weights;
    }

    private void add(SafetensorsFile file, DType dtype, Device device) {
        for (String name : file.names()) {
            TensorInfo info = file.info(name);
            if (!info.dtype().floating())
                continue; // old checkpoints store masks and positions, which are computed here
            Tensor mapped = Tensors.mapped(file.segment(name), info.dtype(), info.shape());
            if (tensors.put(name, mapped.to(dtype).on(device).retain()) != null)
                throw new UserError(
                        "model.shard",
                        "the weights hold " + name + " twice",
                        "which one is meant cannot be told",
                        "fetch the model again");
        }
    }

    @Override
    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    @Override
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) throw new IllegalArgumentException("there is no weight " + name);
        return tensor;
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::release);
        files.forEach(SafetensorsFile::close);
    }
}
