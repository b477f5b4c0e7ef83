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

    /// Write an optimizer's state of an owner's tensors, which the file names without their owner.
    ///
    /// @param owner as [Trainable#of] puts it before names; empty for all tensors
    static void write(Path file, String owner, AdamWState optimizer) {
        String before = owner.isEmpty() ? "" : owner + "/";
        try (var scope = Scope.open();
                var off = Grad.off()) {
            List<Trainable> own = moments(optimizer).stream()
                    .filter(moment -> moment.name().startsWith(before))
                    .map(moment -> new Trainable(moment.name().substring(before.length()), moment.value(), false))
                    .toList();
            write(file, own, Map.of("format", "pt", UPDATES, Long.toString(optimizer.steps())));
        }
    }

    /// Return the number of updates that the averages in a file come from.
    static long updates(Path file) {
        try (SafetensorsFile moments = Safetensors.open(file)) {
            return Long.parseLong(moments.metadata().getOrDefault(UPDATES, "0"));
        }
    }

    /// Load what [#write(Path, String, AdamWState)] wrote into an optimizer over the same tensors, and others.
    static void read(Path file, String owner, AdamWState optimizer) {
        String before = owner.isEmpty() ? "" : owner + "/";
        try (var scope = Scope.open();
                var off = Grad.off();
                SafetensorsFile moments = Safetensors.open(file)) {
            fill(optimizer, before, moments);
            optimizer.resumeAt(Long.parseLong(moments.metadata().getOrDefault(UPDATES, "0")));
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
        fill(optimizer, "", moments);
    }

    /// @param before what the names of the tensors begin with, but for those in the file
    private static void fill(AdamWState optimizer, String before, SafetensorsFile moments) {
        for (AdamWState.Slot slot : optimizer.slots()) {
            String name = slot.trainable().name();
            if (!name.startsWith(before)) continue;
            fill(slot.average(), moments, average(name.substring(before.length())));
            fill(slot.squareAverage(), moments, squareAverage(name.substring(before.length())));
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
