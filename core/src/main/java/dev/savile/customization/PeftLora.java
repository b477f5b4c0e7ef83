package dev.savile.customization;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.files.safetensors.TensorInfo;
import dev.savile.model.CausalLm;
import dev.savile.technique.Trainable;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Read and write a LoRA as PEFT does: `adapter_config.json` and `adapter_model.safetensors`.
public final class PeftLora {
    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";

    private PeftLora() {}

    /// Tell whether a folder holds an adapter in PEFT's layout.
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(CONFIG));
    }

    /// Write both files. Values are fp32; the same values give the same bytes.
    public static void write(Path folder, LoraTuning lora, CausalLm model, String baseName) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<SafetensorsWriter.Entry> entries = new ArrayList<>();
            for (Trainable t : lora.trainables()) entries.add(entry(PREFIX + stored(t.name(), lora), t.value()));
            String embedding = model.spec().names().embedding();
            if (lora.embeddingUpdate() != null)
                entries.add(entry(PREFIX + embedding + ".base_layer.weight", model.embeddingTable()));
            boolean transposed = model.spec().names().transposed();
            DurableFiles.write(
                    folder.resolve(CONFIG),
                    Json.prettySorted(PeftConfig.of(lora.spec(), lora.adapted(), baseName, transposed)));
            SafetensorsWriter.write(folder.resolve(WEIGHTS), entries, Map.of("format", "pt"));
        }
    }

    private static SafetensorsWriter.Entry entry(String name, Tensor value) {
        Tensor dense =
                value.detach().to(dev.savile.engine.DType.F32).on(Device.CPU).contiguous();
        return new SafetensorsWriter.Entry(name, dense.dtype(), dense.shape(), Tensors.memory(dense));
    }

    /// A bias of an adapted linear keeps the wrapper's name in PEFT's files.
    private static String stored(String name, LoraTuning lora) {
        if (!name.endsWith(".bias")) return name;
        String module = name.substring(0, name.length() - ".bias".length());
        return lora.adapted().contains(module) ? module + ".base_layer.bias" : name;
    }

    /// Read an adapter for a model. Every tensor of the file must be used, and none may be missing.
    ///
    /// @throws UserError `peft.tensors` naming what is missing or left over, `peft.shape` for a tensor of another
    ///         base
    public static LoraTuning read(Path folder, CausalLm model) {
        LoraSpec spec = PeftConfig.lora(Json.tree(folder.resolve(CONFIG)));
        Path weights = folder.resolve(WEIGHTS);
        if (!Files.exists(weights)) throw missingWeights(folder);
        try (var scope = Scope.open();
                var off = Grad.off();
                SafetensorsFile file = Safetensors.open(weights)) {
            Set<String> unused = new TreeSet<>(file.names());
            List<String> missing = new ArrayList<>();
            LoraTuning lora = LoraTuning.from(spec, model, (name, shape) -> {
                String key = keyOf(file, name);
                if (key.isEmpty()) {
                    missing.add(PREFIX + name);
                    return Tensors.zeros(dev.savile.engine.DType.F32, model.device(), shape);
                }
                unused.remove(key);
                return tensor(file, key, shape);
            });
            unused.remove(PREFIX + model.spec().names().embedding() + ".base_layer.weight"); // a copy of the base's own
            if (!missing.isEmpty() || !unused.isEmpty()) {
                lora.close();
                throw mismatch(folder, missing, unused);
            }
            return lora;
        }
    }

    private static String keyOf(SafetensorsFile file, String name) {
        List<String> candidates = new ArrayList<>(List.of(PREFIX + name));
        if (name.endsWith(".bias"))
            candidates.add(PREFIX + name.substring(0, name.length() - ".bias".length()) + ".base_layer.bias");
        return candidates.stream().filter(file.names()::contains).findFirst().orElse("");
    }

    private static Tensor tensor(SafetensorsFile file, String key, long... shape) {
        TensorInfo info = file.info(key);
        if (!Arrays.equals(info.shape(), shape))
            throw new UserError(
                    "peft.shape",
                    key + " has the shape " + Arrays.toString(info.shape()) + ", this model needs "
                            + Arrays.toString(shape),
                    "the adapter was trained for another base, or with other settings than its configuration says",
                    "use the base that adapter_config.json names");
        return Tensors.copied(file.segment(key), info.dtype(), info.shape());
    }

    private static UserError missingWeights(Path folder) {
        boolean pickle = Files.exists(folder.resolve("adapter_model.bin"));
        return pickle
                ? new UserError(
                        "peft.pickle",
                        folder + " holds adapter_model.bin, a pickle file",
                        "such files can run code when they are read, so they never are",
                        "save the adapter again with safe_serialization=True")
                : UserError.notFound(
                        "peft.missing",
                        "there is no " + WEIGHTS + " in " + folder,
                        "the adapter's values are missing",
                        "copy the whole folder");
    }

    private static UserError mismatch(Path folder, List<String> missing, Set<String> unused) {
        return new UserError(
                "peft.tensors",
                "the adapter in " + folder + " does not fit: missing " + few(missing) + "; left over " + few(unused),
                "loading a part of it would answer with something nobody trained",
                "check that the adapter belongs to this base and that its files are complete");
    }

    private static String few(java.util.Collection<String> names) {
        if (names.isEmpty()) return "nothing";
        String first = String.join(", ", names.stream().limit(4).toList());
        return names.size() > 4 ? first + " and " + (names.size() - 4) + " more" : first;
    }
}
