package dev.savile.customization;

import dev.savile.common.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Where a customization comes from and what it needs. It is written last: a folder without it is not finished.
///
/// @param schema         version of this layout
/// @param technique      what was changed, by its id: `prompt`, `lora`, `full`
/// @param objective      what it learned from: `supervised`; empty for a prompt
/// @param created        time in ISO 8601
/// @param base           the base model
/// @param encoderDigest  digest of tokenizer and chat template together
/// @param data           what it was trained on
/// @param configuration  everything that was resolved before training; running it again gives the same
/// @param parents        digests of customizations that this one builds on
/// @param measured       figures of the run: seconds, rows and tokens a second, peak bytes, losses
/// @param versions       versions of Savile, Java and libtorch, number of threads, precision, device
/// @param files          SHA-256 of every file outside the training state
public record Manifest(
        int schema,
        String technique,
        String objective,
        String created,
        Base base,
        String encoderDigest,
        Data data,
        Map<String, Object> configuration,
        List<String> parents,
        Map<String, Object> measured,
        Map<String, Object> versions,
        Map<String, String> files) {
    public static final int SCHEMA = 1;

    public Manifest {
        parents = List.copyOf(parents);
        configuration = new TreeMap<>(configuration);
        measured = new TreeMap<>(measured);
        versions = new TreeMap<>(versions);
        files = new TreeMap<>(files);
    }

    /// @param name   as the user named the model
    /// @param family `model_type`
    /// @param digest of the file that the weights come from
    public record Base(String name, String family, String digest) {}

    /// @param source file that was read
    /// @param digest of the rows used, in order
    /// @param rows   number of rows used
    public record Data(String source, String digest, long rows) {
        public static Data none() {
            return new Data("", "", 0);
        }
    }

    /// Read the manifest of a finished folder, whose files are not looked at.
    public static Manifest in(Path folder) {
        return Json.read(folder.resolve(Customization.MANIFEST), Manifest.class);
    }

    /// Return the same with the customizations that this one builds on.
    public Manifest withParents(List<String> digests) {
        return new Manifest(
                schema,
                technique,
                objective,
                created,
                base,
                encoderDigest,
                data,
                configuration,
                digests,
                measured,
                versions,
                files);
    }

    Manifest withFiles(Map<String, String> digests) {
        return new Manifest(
                schema,
                technique,
                objective,
                created,
                base,
                encoderDigest,
                data,
                configuration,
                parents,
                measured,
                versions,
                digests);
    }
}
