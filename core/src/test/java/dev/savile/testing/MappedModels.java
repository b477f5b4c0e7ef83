package dev.savile.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Precision;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.model.CausalLm;
import dev.savile.model.MappedWeights;
import dev.savile.model.ModelSpec;
import dev.savile.model.RotaryScaling;
import dev.savile.model.WeightNames;
import dev.savile.model.WeightStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// Models in mapped files, and how much of such a file this process has resident.
public final class MappedModels {
    private static final int LAYERS = 2;
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");

    private MappedModels() {}

    /// Llama's shape, wide enough that each of the large weights fills hundreds of pages.
    public static ModelSpec wide() {
        return new ModelSpec(
                "llama",
                97,
                256,
                4,
                2,
                64,
                2048,
                new ModelSpec.Norm(ModelSpec.Norm.Kind.RMS, 1e-5),
                new ModelSpec.Rotary(10_000, new RotaryScaling.None()),
                Collections.nCopies(LAYERS, 0),
                false,
                ModelSpec.Activation.GATED_SILU,
                true,
                1024,
                WeightNames.llama(false, List.of()));
    }

    /// Write the weights of a model, rounded to a type.
    public static Path write(CausalLm model, DType type, Path file) {
        return EngineThread.call(() -> {
            try (var scope = Scope.open()) {
                List<SafetensorsWriter.Entry> entries = new ArrayList<>();
                for (String name : model.weights().names()) {
                    Tensor tensor = model.weights().tensor(name).to(type);
                    entries.add(new SafetensorsWriter.Entry(name, type, tensor.shape(), Tensors.memory(tensor)));
                }
                SafetensorsWriter.write(file, entries, Map.of());
                return file;
            }
        });
    }

    /// Load a model that computes in fp32; the caller closes it.
    @SuppressWarnings("MustBeClosedChecker") // the model closes its weights
    public static CausalLm load(Path file, ModelSpec spec, WeightStorage storage) {
        var weights = MappedWeights.of(List.of(Safetensors.open(file)), DType.F32, Device.CPU);
        return CausalLm.of(spec, weights, storage, Precision.FP32, Device.CPU);
    }

    /// Return the share of a mapped file that this process has resident; the test is left out where the system does not
    /// tell.
    public static double residentShare(Path file) {
        assumeTrue(Files.isReadable(MAPPINGS), "no " + MAPPINGS);
        try {
            String path = file.toRealPath().toString();
            long kilobytes = 0;
            boolean found = false;
            boolean within = false;
            for (String line : Files.readAllLines(MAPPINGS)) {
                if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                    within = line.endsWith(path);
                    found |= within;
                } else if (within && line.startsWith("Rss:")) {
                    kilobytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
            assertThat(found).as("%s is mapped", file).isTrue();
            return 1024.0 * kilobytes / Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
