package dev.savile.customization;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.technique.Combination;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.prompt.PromptBundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// A saved customization, opened and checked.
///
/// @param folder    where it lies
/// @param technique its [Technique#id]
/// @param manifest  provenance; empty for an adapter that others made
/// @param bundle    the prompt that belongs to it; empty for an adapter that others made
public record Customization(Path folder, String technique, Optional<Manifest> manifest, Optional<PromptBundle> bundle) {
    static final String MANIFEST = "savile/manifest.json";
    static final String PROMPT = "savile/prompt.json";

    /// The word for a table of soft prompts, of prompt tuning or p-tuning.
    public static final String PROMPT_TABLE = "prompt_table";

    /// What a customization changes in a model, to be closed by whoever attached it.
    public record Attached(Tuning tuning, Runnable release) implements AutoCloseable {
        @Override
        public void close() {
            release.run();
        }
    }

    /// Open a folder: one of ours, or an adapter in PEFT's layout.
    ///
    /// @throws UserError `customization.missing`, `customization.unfinished`, `customization.altered`
    public static Customization open(Path folder) {
        Path manifestFile = folder.resolve(MANIFEST);
        if (!Files.exists(manifestFile)) {
            if (PeftFolder.isIn(folder)) return foreign(folder, PeftFolder.technique(folder));
            if (AdapterHubFolder.isIn(folder)) return foreign(folder, Technique.Bottleneck.ID);
            boolean begun = Files.isDirectory(folder.resolve("savile"));
            throw begun
                    ? new UserError(
                            "customization.unfinished",
                            folder + " holds a training that has not finished",
                            "there is no result in it yet",
                            "go on with the same tune command and --resume")
                    : UserError.notFound(
                            "customization.missing",
                            "there is no customization in " + folder,
                            "it holds neither savile/manifest.json nor adapter_config.json",
                            "check the path; savile models and the run's output name what there is");
        }
        Manifest manifest = Manifest.in(folder);
        for (Map.Entry<String, String> file : manifest.files().entrySet()) {
            Path path = folder.resolve(file.getKey());
            if (!Files.exists(path) || !Digest.ofFile(path).equals(file.getValue()))
                throw new UserError(
                        "customization.altered",
                        path + (Files.exists(path) ? " is not as it was written" : " is missing"),
                        "what was measured was another file",
                        "restore the folder from a copy, or train again");
        }
        Path prompt = folder.resolve(PROMPT);
        return new Customization(
                folder,
                manifest.technique(),
                Optional.of(manifest),
                Files.exists(prompt) ? Optional.of(Json.read(prompt, PromptBundle.class)) : Optional.empty());
    }

    private static Customization foreign(Path folder, String technique) {
        return new Customization(folder, technique, Optional.empty(), Optional.empty());
    }

    private static Attached attached(TrainedTuning tuning) {
        return new Attached(tuning, tuning::close);
    }

    /// Put the customization over a base.
    ///
    /// @throws UserError `customization.base` or `customization.template` when it was made for another
    public Attached attach(BaseModel base) {
        requireBase(base);
        return attach(base.model());
    }

    /// Refuse a base that the customization was not made for.
    ///
    /// @throws UserError `customization.base` or `customization.template`
    public void requireBase(BaseModel base) {
        manifest.ifPresent(known -> {
            if (!known.base().digest().equals(base.digest()))
                throw new UserError(
                        "customization.base",
                        folder + " was made for " + known.base().name() + " ("
                                + known.base().digest().substring(0, 12) + "), not for " + base.name() + " ("
                                + base.digest().substring(0, 12) + ")",
                        "on another base it would answer nonsense",
                        "name its base with --model");
            if (!known.encoderDigest().equals(base.encoder().digest()))
                throw new UserError(
                        "customization.template",
                        "the tokenizer or chat template of " + base.name() + " is not the one that " + folder
                                + " was trained with",
                        "the model would see other tokens than in training",
                        "restore the model's tokenizer files");
        });
    }

    /// What is worth a warning, in words: that an adapter of others names another base, or sets options that are not
    /// known. Nothing for an adapter of our own, which knows its base by digest, see [#requireBase].
    public List<String> doubts(BaseModel base) {
        if (manifest.isPresent()) return List.of();
        JsonNode config = Json.tree(folder.resolve(PeftFolder.CONFIG));
        boolean hub = AdapterHubFolder.isIn(folder);
        ForeignBase named = hub ? ForeignBase.ofAdapterHub(config) : ForeignBase.ofPeft(config);
        List<String> doubts = new ArrayList<>(named.doubt(folder, base).stream().toList());
        List<String> unknown = hub ? List.of() : PeftJson.unknown(config);
        if (!unknown.isEmpty())
            doubts.add(folder + " sets options that this version does not know, and that may change its answers: "
                    + String.join(", ", unknown));
        return doubts;
    }

    /// Digest of a customization, for those that build on it: of its manifest, which holds the digests of its
    /// files; of an adapter that others made, of its configuration and its weights, for both decide what it
    /// answers.
    ///
    /// @throws UserError `customization.missing` when such an adapter lacks one of the two
    public static String digest(Path folder) {
        Path manifest = folder.resolve(MANIFEST);
        if (Files.exists(manifest)) return Digest.ofFile(manifest);
        String weights = AdapterHubFolder.isIn(folder) ? AdapterHubFolder.WEIGHTS : PeftFolder.WEIGHTS;
        return Digest.ofText(part(folder.resolve(PeftFolder.CONFIG)) + part(folder.resolve(weights)));
    }

    private static String part(Path file) {
        if (!Files.exists(file))
            throw UserError.notFound(
                    "customization.missing",
                    "there is no file " + file,
                    "an adapter is its configuration and its weights",
                    "copy the whole folder, or check the path");
        return Digest.ofFile(file);
    }

    /// Put the customization over a decoder whose tokenizer plays no part.
    public Attached attach(CausalLm model) {
        return technique.contains(Technique.Combined.SIGN) ? combined(model) : attach(folder, technique, model);
    }

    private Attached combined(CausalLm model) {
        Map<String, TrainedTuning> parts = new LinkedHashMap<>();
        for (String id : technique.split(Pattern.quote(Technique.Combined.SIGN), -1)) {
            Attached part = attach(folder.resolve(id), id, model);
            if (part.tuning() instanceof TrainedTuning tuning) parts.put(id, tuning);
        }
        return attached(Combination.of(parts));
    }

    private static Attached attach(Path folder, String technique, CausalLm model) {
        return switch (technique) {
            case Technique.Prompt.ID -> new Attached(Tuning.NONE, () -> {});
            case Technique.Lora.ID,
                    Technique.Lora.DORA,
                    Technique.Ia3.ID,
                    Technique.PromptTuning.ID,
                    Technique.PTuning.ID,
                    Technique.Prefix.ID -> attached(PeftFolder.read(folder, model));
            case PROMPT_TABLE -> attached(PromptTableFolder.read(folder, model));
            case Technique.Bottleneck.ID -> attached(AdapterHubFolder.read(folder, model));
            case Technique.Full.ID -> {
                var weights = FullWeights.read(folder, model);
                yield new Attached(weights, weights::close);
            }
            default ->
                throw new UserError(
                        "customization.technique",
                        folder + " is of the technique '" + technique + "'",
                        "this version does not know it",
                        "update Savile");
        };
    }
}
