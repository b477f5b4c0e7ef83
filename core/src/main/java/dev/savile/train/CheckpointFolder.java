package dev.savile.train;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
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
///
/// The learning rate is a part of the identity that may change once the run has diverged with it.
public final class CheckpointFolder implements Checkpoints {
    /// Name of the learning rate in an identity.
    public static final String RATE = "the learning rate";

    private static final int KEPT = 2;
    private static final int SCHEMA = 4;
    private static final String MANIFEST = "manifest.json";
    private static final String MOMENTS = "optimizer.safetensors";
    private static final String DIVERGED = "diverged.json";

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
    /// @param updates  updates that the optimizer has made, in this run and those that it goes on from
    /// @param files    name to SHA-256
    private record Manifest(
            int schema, Map<String, String> identity, TrainingState state, long updates, Map<String, String> files) {}

    /// Note of divergences.
    ///
    /// @param learningRates with which the run diverged
    private record Diverged(List<String> learningRates) {}

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
            List<Trainable> weights =
                    optimizer.slots().stream().map(AdamWState.Slot::trainable).toList();
            write(temporary, "weights.safetensors", weights, files);
            write(temporary, MOMENTS, OptimizerFile.moments(optimizer), files);
            if (best.exists()) write(temporary, "best.safetensors", best.values(), files);
            var manifest = new Manifest(SCHEMA, identity, state, optimizer.steps(), files);
            DurableFiles.write(temporary.resolve(MANIFEST), Json.pretty(manifest));
            DurableFiles.force(temporary);
            DurableFiles.moveInto(temporary, target);
        } catch (RuntimeException e) {
            DurableFiles.delete(temporary);
            throw e;
        }
        retain();
    }

    private static void write(Path folder, String name, List<Trainable> tensors, Map<String, String> files) {
        Path file = folder.resolve(name);
        OptimizerFile.write(file, tensors, Map.of("format", "pt"));
        files.put(name, Digest.ofFile(file));
    }

    @Override
    public TrainingState resume(AdamWState optimizer, BestState best) {
        List<Path> found = newestFirst();
        List<Path> damaged = new ArrayList<>();
        for (Path checkpoint : found) {
            requireSchema(checkpoint);
            Manifest manifest = verified(checkpoint);
            if (manifest == null) {
                damaged.add(checkpoint);
                progress.warn(
                        "the checkpoint " + checkpoint.getFileName() + " is damaged; going back to the one before it");
                continue;
            }
            List<String> changed = changed(manifest.identity());
            if (!changed.isEmpty() && !mayChange(changed, manifest.identity()))
                throw new UserError(
                        "train.resume",
                        "since the checkpoint in " + folder + " was written this has changed: "
                                + String.join(", ", changed),
                        "going on from it would mix two runs",
                        "use the same command as before, or another --out");
            load(checkpoint, manifest, optimizer, best);
            damaged.forEach(DurableFiles::delete); // the run comes by these steps again
            return manifest.state();
        }
        if (!damaged.isEmpty())
            throw new UserError(
                    "train.resume",
                    "none of the " + damaged.size() + " checkpoints in " + folder + " is whole",
                    "beginning anew in silence would throw away what was trained",
                    "restore the folder, or remove it to begin anew");
        return TrainingState.start();
    }

    @Override
    public long diverged(long lastGoodStep) {
        for (Path checkpoint : newestFirst()) if (stepOf(checkpoint) > lastGoodStep) DurableFiles.delete(checkpoint);
        List<Path> left = newestFirst();
        if (left.isEmpty()) return 0; // nothing that another rate would have to go on from
        List<String> rates = new ArrayList<>(divergedRates());
        rates.add(identity.getOrDefault(RATE, ""));
        DurableFiles.write(folder.resolve(DIVERGED), Json.pretty(new Diverged(rates)));
        return stepOf(left.getFirst());
    }

    private List<String> divergedRates() {
        Path note = folder.resolve(DIVERGED);
        return Files.exists(note) ? Json.read(note, Diverged.class).learningRates() : List.of();
    }

    /// Whether nothing but the learning rate has changed, and the run diverged with the one before.
    private boolean mayChange(List<String> changed, Map<String, String> before) {
        return changed.equals(List.of(RATE)) && divergedRates().contains(before.getOrDefault(RATE, ""));
    }

    private List<String> changed(Map<String, String> before) {
        TreeSet<String> names = new TreeSet<>(identity.keySet());
        names.addAll(before.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(identity.get(name), before.get(name)))
                .toList();
    }

    /// Refuse a checkpoint whose layout is another one, which is not damaged.
    private void requireSchema(Path checkpoint) {
        int schema;
        try {
            schema = Json.tree(checkpoint.resolve(MANIFEST)).path("schema").asInt(SCHEMA);
        } catch (UserError | UncheckedIOException e) {
            return; // it is damaged, which is found out next
        }
        if (schema != SCHEMA)
            throw new UserError(
                    "train.resume",
                    "the checkpoints in " + folder + " have the layout " + schema + ", this version writes " + SCHEMA,
                    "another version of Savile wrote them, and what they say cannot be read with certainty",
                    "go on with the version that wrote them, or use another --out");
    }

    /// Return a checkpoint's manifest if all its files are as they were written, else null.
    private static @org.jspecify.annotations.Nullable Manifest verified(Path checkpoint) {
        try {
            Manifest manifest = Json.read(checkpoint.resolve(MANIFEST), Manifest.class);
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
                SafetensorsFile moments = Safetensors.open(checkpoint.resolve(MOMENTS))) {
            for (AdamWState.Slot slot : optimizer.slots())
                OptimizerFile.fill(
                        slot.trainable().value().detach(),
                        weights,
                        slot.trainable().name());
            OptimizerFile.fill(optimizer, moments);
        }
        if (manifest.files().containsKey("best.safetensors")) {
            best.capture();
            try (var scope = Scope.open();
                    var off = Grad.off();
                    SafetensorsFile kept = Safetensors.open(checkpoint.resolve("best.safetensors"))) {
                for (Trainable t : best.values()) OptimizerFile.fill(t.value(), kept, t.name());
            }
        }
        optimizer.resumeAt(manifest.updates());
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
