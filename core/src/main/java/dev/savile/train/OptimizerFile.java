package dev.savile.train;

import dev.savile.engine.Device;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.files.safetensors.TensorInfo;
import dev.savile.technique.Trainable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// An optimizer's averages as a file: `NAME.exp_avg` and `NAME.exp_avg_sq` of each trained tensor, and how many
/// updates they come from.
final class OptimizerFile {
    private static final String UPDATES = "updates";

    private OptimizerFile() {}

    /// Write an optimizer's state.
    static void write(Path file, AdamWState optimizer) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            write(file, moments(optimizer), Map.of("format", "pt", UPDATES, Long.toString(optimizer.steps())));
        }
    }

    /// Load what [#write(Path, AdamWState)] wrote into an optimizer over the same tensors.
    ///
    /// @return number of updates that the averages come from
    static long read(Path file, AdamWState optimizer) {
        try (var scope = Scope.open();
                var off = Grad.off();
                SafetensorsFile moments = Safetensors.open(file)) {
            fill(optimizer, moments);
            long updates = Long.parseLong(moments.metadata().getOrDefault(UPDATES, "0"));
            optimizer.resumeAt(updates);
            return updates;
        }
    }

    /// The averages by their names in files.
    static List<Trainable> moments(AdamWState optimizer) {
        List<Trainable> moments = new ArrayList<>();
        for (AdamWState.Slot slot : optimizer.slots()) {
            String name = slot.trainable().name();
            moments.add(new Trainable(average(name), slot.average(), false));
            moments.add(new Trainable(squareAverage(name), slot.squareAverage(), false));
        }
        return moments;
    }

    static void fill(AdamWState optimizer, SafetensorsFile moments) {
        for (AdamWState.Slot slot : optimizer.slots()) {
            String name = slot.trainable().name();
            fill(slot.average(), moments, average(name));
            fill(slot.squareAverage(), moments, squareAverage(name));
        }
    }

    private static String average(String name) {
        return name + ".exp_avg";
    }

    private static String squareAverage(String name) {
        return name + ".exp_avg_sq";
    }

    /// Write tensors as they are. Call it inside a scope.
    static void write(Path file, List<Trainable> tensors, Map<String, String> metadata) {
        List<SafetensorsWriter.Entry> entries = new ArrayList<>();
        for (Trainable t : tensors) {
            Tensor dense = t.value().detach().on(Device.CPU).contiguous();
            entries.add(new SafetensorsWriter.Entry(t.name(), dense.dtype(), dense.shape(), Tensors.memory(dense)));
        }
        SafetensorsWriter.write(file, entries, metadata);
    }

    /// Fill a tensor from a file. Call it inside a scope.
    static void fill(Tensor target, SafetensorsFile file, String name) {
        TensorInfo info = file.info(name);
        target.copyInPlace(
                Tensors.copied(file.segment(name), info.dtype(), info.shape()).on(target.device()));
    }
}
