package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.model.WeightStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Hold the options of every verb that runs a model.
final class GlobalOptions {
    /// What `--precision` may say; `AUTO` takes what measured faster on this computer.
    enum PrecisionChoice {
        AUTO,
        FP32,
        BF16;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What `--quantize` may say.
    enum Quantization {
        NONE(WeightStorage.WHOLE),
        NF4(WeightStorage.NF4);

        private final WeightStorage storage;

        Quantization(WeightStorage storage) {
            this.storage = storage;
        }

        WeightStorage storage() {
            return storage;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--model",
            paramLabel = "DIR|FILE|ID",
            description = "The model: a folder, a GGUF file or a Hugging Face id. Default: SmolLM2-135M-Instruct.")
    @Nullable
    String model;

    @Option(
            names = "--with",
            paramLabel = "CUSTOMIZATION",
            description =
                    "A customization's folder, name (its current version) or NAME/VERSION; repeatable: weights that change different places, and one saved prompt.")
    List<String> customizations = new ArrayList<>();

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}, what is faster here.")
    PrecisionChoice precision = PrecisionChoice.AUTO;

    @Option(
            names = "--quantize",
            paramLabel = "TYPE",
            defaultValue = "none",
            description =
                    "How the layers' weights are kept: ${COMPLETION-CANDIDATES}. nf4: 4 bits a value, for a frozen base (QLoRA). Default: ${DEFAULT-VALUE}.")
    Quantization quantization = Quantization.NONE;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "42",
            description = "Start of all random numbers. Default: ${DEFAULT-VALUE}.")
    long seed = 42;

    private int threads;
    private String device = "cpu";

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads of the matrix products. Default: ${DEFAULT-VALUE}, what is faster here.")
    void threads(int count) {
        if (count < 0)
            throw new UserError(
                    "cli.threads",
                    "--threads must be at least 0, got " + count,
                    "it is the number of threads that compute",
                    "use the number of cores, or 0 to let Savile choose");
        threads = count;
    }

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "cpu, cuda or cuda:N. Default: ${DEFAULT-VALUE}.")
    void device(String name) {
        String given = name.strip().toLowerCase(Locale.ROOT);
        if (!given.matches("cpu|cuda|cuda:\\d{1,3}"))
            throw new UserError(
                    "cli.device",
                    "'" + name + "' is no device",
                    "tensors live on the CPU or on a CUDA device",
                    "use cpu, cuda or cuda:0");
        device = given;
    }

    /// Return what `--model` says; empty for the default model.
    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    /// Return the customizations in the order given.
    List<String> customizations() {
        return List.copyOf(customizations);
    }

    PrecisionChoice precision() {
        return precision;
    }

    Quantization quantization() {
        return quantization;
    }

    /// Refuse `--quantize` where it would have no effect.
    ///
    /// @param why the verb works on whole weights
    void requireWhole(String why) {
        if (quantization != Quantization.NONE)
            throw new UserError(
                    "cli.quantize",
                    "--quantize cannot be used here",
                    why,
                    "leave it away, or use it with tune and eval");
    }

    long seed() {
        return seed;
    }

    /// Return the number of threads; 0 when Savile is to choose.
    int threads() {
        return threads;
    }

    /// Return `cpu`, `cuda` or `cuda:N`.
    String device() {
        return device;
    }
}
