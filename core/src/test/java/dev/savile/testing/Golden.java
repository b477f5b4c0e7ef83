package dev.savile.testing;

import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Precision;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.gguf.GgufConversion;
import dev.savile.files.hub.ModelFiles;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.MappedWeights;
import dev.savile.model.family.Families;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// The reference numbers of other implementations, where they are at hand.
public final class Golden implements AutoCloseable {
    private final SafetensorsFile file;

    private Golden(SafetensorsFile file) {
        this.file = file;
    }

    /// Folder beside the repository that holds reference numbers and data; the test is skipped where it is
    /// missing.
    public static Path shared() {
        Path shared =
                Path.of(System.getProperty("savile.root", "."), "..", "shared").normalize();
        Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared");
        return shared;
    }

    public static Path folder(String name) {
        return shared().resolve("golden").resolve(name);
    }

    /// Open the tensors of a file.
    public static Golden open(Path file) {
        return new Golden(Safetensors.open(file));
    }

    /// Load one of the tiny models.
    public static CausalLm model(String name, Precision precision) {
        return model(name, "config.json", precision);
    }

    public static CausalLm model(String name, String config, Precision precision) {
        Path folder = folder("models").resolve(name);
        var weights = MappedWeights.of(
                java.util.List.of(Safetensors.open(folder.resolve("model.safetensors"))),
                precision.linear(),
                Device.CPU);
        return CausalLm.of(Families.spec(Json.tree(folder.resolve(config))), weights, precision, Device.CPU);
    }

    /// Load a tiny random model with tokenizer and chat template; its context is 128 tokens. On the engine's thread.
    ///
    /// @param home folder for the converted file
    public static BaseModel tinyChat(Path home) {
        Path gguf = folder("gguf").resolve("llama/llama-f32.gguf");
        Path converted = GgufConversion.convert(gguf, home, Progress.none());
        return BaseModel.load(new ModelFiles("tiny", converted, gguf), Precision.FP32, Device.CPU);
    }

    public boolean has(String name) {
        return file.names().contains(name);
    }

    public Tensor tensor(String name) {
        var info = file.info(name);
        return Tensors.copied(file.segment(name), info.dtype(), info.shape());
    }

    public long[] longs(String name) {
        return tensor(name).toLongs();
    }

    public float[] floats(String name) {
        return tensor(name).toFloats();
    }

    public double scalar(String name) {
        return tensor(name).to(DType.F64).item();
    }

    public int[] shape(String name) {
        long[] shape = file.info(name).shape();
        int[] small = new int[shape.length];
        for (int i = 0; i < shape.length; i++) small[i] = (int) shape[i];
        return small;
    }

    public java.util.List<String> names() {
        return file.names();
    }

    @Override
    public void close() {
        file.close();
    }
}
