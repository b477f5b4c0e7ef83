package dev.savile.customization;

import dev.savile.common.Few;
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
import dev.savile.files.safetensors.TensorInfo;
import dev.savile.technique.StartValues;
import dev.savile.technique.TrainedTuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// Read and write the values of an adapter: every tensor of a file must be used, and none may be missing.
final class AdapterTensors {
    private static final int SHOWN = 4;

    private AdapterTensors() {}

    /// Build a tuning from a file.
    ///
    /// @param keys   names under which a tensor may stand in the file, the usual one first
    /// @param beside names that may stand in the file and are not read: copies of the base's own values
    /// @throws UserError `adapter.missing` or `adapter.pickle` without a file, `adapter.tensors` with the names of
    ///         what is missing or left over, `adapter.shape` for a tensor of another base
    static <T extends TrainedTuning> T read(
            Path file, Function<String, List<String>> keys, Set<String> beside, Function<StartValues, T> build) {
        if (!Files.exists(file)) throw missingFile(file);
        try (var scope = Scope.open();
                var off = Grad.off();
                SafetensorsFile open = Safetensors.open(file)) {
            Set<String> unused = new TreeSet<>(open.names());
            List<String> missing = new ArrayList<>();
            T tuning = build.apply((name, shape) -> {
                List<String> candidates = keys.apply(name);
                for (String key : candidates) {
                    if (!open.names().contains(key)) continue;
                    unused.remove(key);
                    return tensor(open, key, shape);
                }
                missing.add(candidates.getFirst());
                return Tensors.zeros(DType.F32, Device.CPU, shape);
            });
            unused.removeAll(beside);
            if (!missing.isEmpty() || !unused.isEmpty()) {
                tuning.close();
                throw mismatch(file, missing, unused);
            }
            return tuning;
        }
    }

    private static Tensor tensor(SafetensorsFile file, String key, long... shape) {
        TensorInfo info = file.info(key);
        if (!Arrays.equals(info.shape(), shape))
            throw new UserError(
                    "adapter.shape",
                    key + " has the shape " + Arrays.toString(info.shape()) + ", this model needs "
                            + Arrays.toString(shape),
                    "the adapter was trained for another base, or with other settings than its configuration says",
                    "use the base that adapter_config.json names");
        return Tensors.copied(file.segment(key), info.dtype(), info.shape());
    }

    private static UserError missingFile(Path file) {
        String name = file.getFileName().toString();
        Path folder = file.toAbsolutePath().getParent();
        boolean pickle = folder != null
                && (Files.exists(folder.resolve("adapter_model.bin"))
                        || Files.exists(folder.resolve("pytorch_adapter.bin")));
        return pickle
                ? new UserError(
                        "adapter.pickle",
                        folder + " holds its values as a pickle file",
                        "such files can run code when they are read, so they never are",
                        "save the adapter again as safetensors")
                : UserError.notFound(
                        "adapter.missing",
                        "there is no " + name + " in " + folder,
                        "the adapter's values are missing",
                        "copy the whole folder");
    }

    private static UserError mismatch(Path file, List<String> missing, Set<String> unused) {
        return new UserError(
                "adapter.tensors",
                "the adapter in " + file + " does not fit: missing " + few(missing) + "; left over " + few(unused),
                "loading a part of it would answer with something nobody trained",
                "check that the adapter belongs to this base and that its files are complete");
    }

    private static String few(Collection<String> names) {
        return names.isEmpty() ? "nothing" : Few.of(names, SHOWN);
    }

    /// Prepare a tensor for a file: fp32, dense, in this computer's memory. Call it inside a scope.
    static SafetensorsWriter.Entry entry(String name, Tensor value) {
        Tensor dense = value.detach().to(DType.F32).on(Device.CPU).contiguous();
        return new SafetensorsWriter.Entry(name, dense.dtype(), dense.shape(), Tensors.memory(dense));
    }

    /// Write a file; the same values give the same bytes.
    static void write(Path file, List<SafetensorsWriter.Entry> entries) {
        SafetensorsWriter.write(file, entries, Map.of("format", "pt"));
    }
}
