package dev.savile.train;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.files.safetensors.TensorInfo;
import dev.savile.technique.Trainable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Keep checkpoints in a folder, one sub-folder `step-N` each.
///
/// A checkpoint is written into a temporary folder, every file forced, its manifest of digests last; then the
/// folder is renamed and its parent forced. So a checkpoint is there whole or not at all. Loading verifies every
/// digest, takes the newest good one, and says so when that is not the newest. The last two are kept, and removed
/// only after a newer one is safe.
public final class CheckpointFolder implements Checkpoints {
    private static final int KEPT = 2;

    private final Path folder;
    private final Map<String, String> identity;
    private final Progress progress;

    /// @param folder   made when the first checkpoint is written
    /// @param identity digests of what must not change between the parts of a run, by its name: data, settings,
    ///     base
    public CheckpointFolder(Path folder, Map<String, String> identity, Progress progress) {
        this.folder = folder;
        this.identity = new TreeMap<>(identity);
        this.progress = progress;
    }

    /// What a checkpoint consists of.
    ///
    /// @param identity digests of what the run depends on, by name
    /// @param files    name to SHA-256
    private record Manifest(int schema, Map<String, String> identity, TrainingState state, Map<String, String> files) {}

    @Override
    public boolean keeps() {
        return true;
    }

    @Override
    public void save(AdamWState optimizer, BestState best, TrainingState state) {
        Path target = folder.resolve("step-" + state.step());
        if (Files.exists(target)) return;
        Path temporary = folder.resolve(
                ".tmp-step-" + state.step() + "-" + ProcessHandle.current().pid());
        DurableFiles.delete(temporary);
        try (var scope = Scope.open();
                var off = Grad.off()) {
            try {
                Files.createDirectories(temporary);
            } catch (IOException e) {
                throw DurableFiles.cannotWrite(temporary, e);
            }
            Map<String, String> files = new LinkedHashMap<>();
            List<Trainable> weights = new ArrayList<>();
            List<Trainable> moments = new ArrayList<>();
            for (AdamWState.Slot slot : optimizer.slots()) {
                weights.add(slot.trainable());
                moments.add(named(slot, ".exp_avg", slot.average()));
                moments.add(named(slot, ".exp_avg_sq", slot.squareAverage()));
            }
            write(temporary, "weights.safetensors", weights, files);
            write(temporary, "optimizer.safetensors", moments, files);
            if (best.exists()) write(temporary, "best.safetensors", best.values(), files);
            DurableFiles.write(
                    temporary.resolve("manifest.json"), Json.pretty(new Manifest(1, identity, state, files)));
            DurableFiles.force(temporary);
            DurableFiles.moveInto(temporary, target);
        } catch (RuntimeException e) {
            DurableFiles.delete(temporary);
            throw e;
        }
        retain();
    }

    private static Trainable named(AdamWState.Slot slot, String suffix, Tensor moment) {
        return new Trainable(slot.trainable().name() + suffix, moment, false);
    }

    private static void write(Path folder, String name, List<Trainable> tensors, Map<String, String> files) {
        List<SafetensorsWriter.Entry> entries = new ArrayList<>();
        for (Trainable t : tensors) {
            Tensor dense = t.value().detach().on(dev.savile.engine.Device.CPU).contiguous();
            entries.add(new SafetensorsWriter.Entry(t.name(), dense.dtype(), dense.shape(), Tensors.memory(dense)));
        }
        Path file = folder.resolve(name);
        SafetensorsWriter.write(file, entries, Map.of("format", "pt"));
        files.put(name, Digest.ofFile(file));
    }

    @Override
    public TrainingState resume(AdamWState optimizer, BestState best) {
        List<Path> found = newestFirst();
        for (Path checkpoint : found) {
            Manifest manifest = verified(checkpoint);
            if (manifest == null) {
                progress.warn(
                        "the checkpoint " + checkpoint.getFileName() + " is damaged; going back to the one before it");
                continue;
            }
            List<String> changed = changed(manifest.identity());
            if (!changed.isEmpty())
                throw new UserError(
                        "train.resume",
                        "since the checkpoint in " + folder + " was written this has changed: "
                                + String.join(", ", changed),
                        "going on from it would mix two runs",
                        "use the same command as before, or another --out");
            load(checkpoint, manifest, optimizer, best);
            return manifest.state();
        }
        return TrainingState.start();
    }

    private List<String> changed(Map<String, String> before) {
        TreeSet<String> names = new TreeSet<>(identity.keySet());
        names.addAll(before.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(identity.get(name), before.get(name)))
                .toList();
    }

    /// Return a checkpoint's manifest if all its files are as they were written, else null.
    private static @org.jspecify.annotations.Nullable Manifest verified(Path checkpoint) {
        try {
            Manifest manifest = Json.read(checkpoint.resolve("manifest.json"), Manifest.class);
            for (Map.Entry<String, String> file : manifest.files().entrySet())
                if (!Digest.ofFile(checkpoint.resolve(file.getKey())).equals(file.getValue())) return null;
            return manifest;
        } catch (UserError | UncheckedIOException e) {
            return null; // the caller says so and goes on to an older one
        }
    }

    private static void load(Path checkpoint, Manifest manifest, AdamWState optimizer, BestState best) {
        try (var scope = Scope.open();
                var off = Grad.off();
                SafetensorsFile weights = Safetensors.open(checkpoint.resolve("weights.safetensors"));
                SafetensorsFile moments = Safetensors.open(checkpoint.resolve("optimizer.safetensors"))) {
            for (AdamWState.Slot slot : optimizer.slots()) {
                String name = slot.trainable().name();
                fill(slot.trainable().value().detach(), weights, name);
                fill(slot.average(), moments, name + ".exp_avg");
                fill(slot.squareAverage(), moments, name + ".exp_avg_sq");
            }
        }
        if (manifest.files().containsKey("best.safetensors")) {
            best.capture();
            try (var scope = Scope.open();
                    var off = Grad.off();
                    SafetensorsFile kept = Safetensors.open(checkpoint.resolve("best.safetensors"))) {
                for (Trainable t : best.values()) fill(t.value(), kept, t.name());
            }
        }
        optimizer.resumeAt(manifest.state().step());
    }

    private static void fill(Tensor target, SafetensorsFile file, String name) {
        TensorInfo info = file.info(name);
        DType dtype = info.dtype();
        target.copyInPlace(
                Tensors.copied(file.segment(name), dtype, info.shape()).on(target.device()));
    }

    private void retain() {
        List<Path> found = newestFirst();
        for (Path old : found.subList(Math.min(KEPT, found.size()), found.size())) DurableFiles.delete(old);
    }

    private List<Path> newestFirst() {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().matches("step-\\d+"))
                    .sorted(Comparator.comparingLong(CheckpointFolder::stepOf).reversed())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long stepOf(Path checkpoint) {
        return Long.parseLong(checkpoint.getFileName().toString().substring("step-".length()));
    }
}
