package dev.savile.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// The tiny random Llama that verbs are tested on, and how command lines name it.
final class TinyModel {
    private TinyModel() {}

    /// Its file; a test that asks for it is skipped where it is not there.
    static Path file() {
        Path model = Path.of(System.getProperty("savile.root", "."), "..", "shared")
                .resolve("golden/gguf/llama/llama-f32.gguf")
                .normalize();
        Assumptions.assumeTrue(Files.exists(model), "needs ../shared");
        return model;
    }

    /// Options that load a model to compute in the same way everywhere.
    static List<String> options(Path model) {
        return List.of("--model", model.toString(), "--precision", "fp32", "--threads", "1");
    }
}
