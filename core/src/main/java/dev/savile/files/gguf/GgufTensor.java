package dev.savile.files.gguf;

/// Where a tensor lies in a GGUF file.
///
/// @param shape       row-major, as Hugging Face has it: the file's order reversed
/// @param offsetBytes from the start of the file
public record GgufTensor(String name, GgufType type, long[] shape, long offsetBytes, long sizeBytes) {
    public GgufTensor {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /// Number of values.
    public long count() {
        long count = 1;
        for (long size : shape) count *= size;
        return count;
    }
}
