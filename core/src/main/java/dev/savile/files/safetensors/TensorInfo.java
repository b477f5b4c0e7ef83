package dev.savile.files.safetensors;

import dev.savile.engine.DType;

/// Where a tensor lies in its file.
///
/// @param offsetBytes from the start of the file
public record TensorInfo(String name, DType dtype, long[] shape, long offsetBytes, long sizeBytes) {
    public TensorInfo {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }
}
