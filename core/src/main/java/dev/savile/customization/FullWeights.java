package dev.savile.customization;

import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A fully tuned model: a Hugging Face folder whose weights take the place of the base's.
final class FullWeights implements Tuning, AutoCloseable {
    private static final String WEIGHTS = "model.safetensors";
    private static final List<String> BESIDE = List.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "gguf-tokenizer.json");

    private final SafetensorsFile file;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();

    private FullWeights(SafetensorsFile file) {
        this.file = file;
    }

    /// Write all weights in the checkpoint's own layout, and the files that belong beside them.
    ///
    /// @param changed parameters that are not the base's own, by name, with their logical shapes
    /// @param type    of the written values
    static void write(Path folder, Map<String, Tensor> changed, CausalLm model, Path base, DType type) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<SafetensorsWriter.Entry> entries = new ArrayList<>();
            boolean transposed = model.spec().names().transposed();
            model.namedParameters().forEach((name, value) -> {
                Tensor trained = changed.getOrDefault(name, value).detach().to(type);
                boolean conv1d = transposed
                        && model.linears().stream().anyMatch(l -> l.conv1d() && name.equals(l.path() + ".weight"));
                Tensor dense =
                        (conv1d ? trained.transposed() : trained).on(Device.CPU).contiguous();
                entries.add(new SafetensorsWriter.Entry(name, dense.dtype(), dense.shape(), Tensors.memory(dense)));
            });
            for (String name : BESIDE)
                if (Files.exists(base.resolve(name)))
                    Files.copy(base.resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            SafetensorsWriter.write(folder.resolve(WEIGHTS), entries, Map.of("format", "pt"));
        } catch (java.io.IOException e) {
            throw dev.savile.common.DurableFiles.cannotWrite(folder, e);
        }
    }

    static FullWeights read(Path folder, CausalLm model) {
        model.requireWhole("a fully tuned model");
        var weights = new FullWeights(Safetensors.open(folder.resolve(WEIGHTS)));
        try (var scope = Scope.open()) {
            model.namedParameters().forEach((name, base) -> {
                var info = weights.file.info(name);
                Tensor mapped = Tensors.mapped(weights.file.segment(name), info.dtype(), info.shape());
                boolean conv1d =
                        model.linears().stream().anyMatch(l -> l.conv1d() && name.equals(l.path() + ".weight"));
                Tensor logical = conv1d ? mapped.transposed() : mapped;
                if (!Arrays.equals(logical.shape(), base.shape()))
                    throw new UserError(
                            "customization.shape",
                            name + " in " + folder + " has the shape " + logical + ", the base has " + base,
                            "the weights belong to another model",
                            "name their base with --model");
                weights.parameters.put(
                        name, logical.to(base.dtype()).on(model.device()).retain());
            });
        }
        return weights;
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        return parameters.getOrDefault(name, base);
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensor::release);
        file.close();
    }
}
