package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.model.BaseModel;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.prompt.PromptBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// Write a customization: values first, prompt next, the manifest with the digests of all files last. A folder is
/// finished when its manifest is there, and not before.
public final class CustomizationWriter {
    private CustomizationWriter() {}

    /// Refuse a folder that holds something already, before any work is done.
    ///
    /// @param resume whether a training in it may go on
    /// @throws UserError `out.exists`
    public static void claim(Path folder, boolean resume) {
        try {
            if (Files.exists(folder) && !Files.isDirectory(folder)) throw taken(folder, "is a file");
            if (Files.isDirectory(folder) && !resume) {
                try (Stream<Path> entries = Files.list(folder)) {
                    if (entries.findAny().isPresent()) throw taken(folder, "holds something already");
                }
            }
            Files.createDirectories(folder);
            if (!Files.isWritable(folder)) throw new IOException("not writable");
        } catch (IOException e) {
            throw DurableFiles.cannotWrite(folder, e);
        }
    }

    private static UserError taken(Path folder, String why) {
        return new UserError(
                "out.exists",
                folder + " " + why,
                "it would be overwritten",
                "choose another --out, or add --resume to go on with a training that was interrupted");
    }

    /// Write a prompt customization.
    public static void prompt(Path folder, PromptBundle bundle, Manifest manifest) {
        finish(folder, bundle, manifest);
    }

    /// Write a trained customization.
    public static void trained(
            Path folder, TrainedTuning tuning, BaseModel base, PromptBundle bundle, Manifest manifest) {
        switch (tuning) {
            case BottleneckTuning networks -> AdapterHubFolder.write(folder, networks, base.model(), base.name());
            case FullTuning full ->
                FullWeights.write(folder, full, base.model(), base.files().folder());
            default -> PeftFolder.write(folder, tuning, base.model(), base.name());
        }
        finish(folder, bundle, manifest);
    }

    private static void finish(Path folder, PromptBundle bundle, Manifest manifest) {
        DurableFiles.write(folder.resolve(Customization.PROMPT), Json.pretty(bundle));
        DurableFiles.write(folder.resolve(Customization.MANIFEST), Json.pretty(manifest.withFiles(digests(folder))));
    }

    private static Map<String, String> digests(Path folder) {
        Map<String, String> digests = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(Files::isRegularFile).sorted().forEach(file -> {
                String name = folder.relativize(file).toString().replace('\\', '/');
                boolean state = name.startsWith("savile/train/")
                        || name.equals(Customization.MANIFEST)
                        || name.contains(".tmp-");
                if (!state) digests.put(name, Digest.ofFile(file));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return digests;
    }
}
