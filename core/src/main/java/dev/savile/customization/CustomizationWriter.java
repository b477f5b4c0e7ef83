package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.DType;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.Combination;
import dev.savile.technique.Merge;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.bottleneck.BottleneckTuning;
import dev.savile.technique.full.FullTuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.soft.PromptTable;
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
        unfinish(folder);
        write(folder, tuning, base);
        finish(folder, bundle, manifest);
    }

    /// Write a table of soft prompts.
    ///
    /// @param before see [PromptTableFolder#write]
    public static void table(Path folder, PromptTable table, Path before, BaseModel base, Manifest manifest) {
        unfinish(folder);
        PromptTableFolder.write(folder, table, before, base.model(), base.name());
        finish(folder, PromptBundle.plain(), manifest);
    }

    /// Write a table of which only tasks were taken out or renamed.
    ///
    /// @param names see [PromptTableFolder#edit]
    public static void edited(Path folder, Path before, Map<String, String> names, Manifest manifest) {
        PromptTableFolder.edit(before, folder, names);
        finish(folder, PromptBundle.plain(), manifest);
    }

    /// A training that goes on after its time was up writes new values: until they are whole the folder is unfinished.
    private static void unfinish(Path folder) {
        DurableFiles.delete(folder.resolve(Customization.MANIFEST));
    }

    /// A combination has a sub-folder for each of its parts.
    private static void write(Path folder, TrainedTuning tuning, BaseModel base) {
        switch (tuning) {
            case Combination combination ->
                combination.parts().forEach((id, part) -> write(folder.resolve(id), part, base));
            case BottleneckTuning networks -> AdapterHubFolder.write(folder, networks, base.model(), base.name());
            case FullTuning full ->
                FullWeights.write(
                        folder,
                        Merge.parameters(base.model(), full),
                        base.model(),
                        base.files().folder(),
                        DType.F32);
            default -> PeftFolder.write(folder, tuning, base.model(), base.name());
        }
    }

    /// Write base and customization as one model: a Hugging Face folder that can be a base itself. Its weights are
    /// written last, so that a folder with weights is whole.
    ///
    /// @param type of the written weights: [DType#F32] or [DType#BF16]; sums are made in fp32 and rounded once
    /// @throws dev.savile.common.UserError see [Merge#parameters]
    public static void merged(Path folder, Tuning tuning, BaseModel base, DType type) {
        if (!(tuning instanceof TrainedTuning trained))
            throw new UserError(
                    "merge.technique",
                    "there is nothing to merge",
                    "a prompt changes no weight, and a fully tuned model is merged already",
                    "use the customization as it is");
        try (var scope = Scope.open();
                var off = Grad.off()) {
            FullWeights.write(
                    folder,
                    Merge.parameters(base.model(), trained),
                    base.model(),
                    base.files().folder(),
                    type);
        }
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
