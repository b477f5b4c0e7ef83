package dev.savile.customization;

import dev.savile.common.UserError;
import dev.savile.model.BaseModel;
import dev.savile.model.ModelSpec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What an adapter's own file says about the base that it was made for. Shapes alone do not tell: several models have
/// the same.
///
/// @param family `model_type` of that base; empty where the file does not say it
/// @param name   hub name or path, as whoever trained the adapter named the base; empty where the file does not say it
record ForeignBase(String family, String name) {
    /// Ends of the classes' names that PEFT notes, `LlamaForCausalLM`, `GPT2LMHeadModel`.
    private static final Pattern CLASS = Pattern.compile("([A-Za-z0-9]+?)(ForCausalLM|LMHeadModel)");
    /// What forms of one and the same model are told apart by.
    private static final Pattern FORM =
            Pattern.compile("[-._](gguf|gptq|awq|bnb|unsloth|hf|[48]bit|b?f16|f32|fp16|fp32|i?q\\d\\w*)$");
    /// Names that folders have whatever model lies in them, and the hashes of the hub's cache.
    private static final Pattern ANY =
            Pattern.compile("|[.~]+|base|model|models|weights|merged|final|output|checkpoint\\d*|[0-9a-f]{40}");

    /// Read what PEFT notes: the name, and the model's class where the adapter was made without a task.
    static ForeignBase ofPeft(JsonNode config) {
        var named = CLASS.matcher(config.at("/auto_mapping/base_model_class").asString(""));
        String family = named.matches() ? named.group(1).toLowerCase(Locale.ROOT) : "";
        return new ForeignBase(family, config.path("base_model_name_or_path").asString(""));
    }

    /// Read what the AdapterHub library notes.
    static ForeignBase ofAdapterHub(JsonNode config) {
        return new ForeignBase(
                config.path("model_type").asString("").toLowerCase(Locale.ROOT),
                config.path("model_name").asString(""));
    }

    /// Refuse a model of another family than the file names.
    ///
    /// @throws UserError `adapter.base`
    void requireFamily(Path folder, ModelSpec model) {
        if (family.isEmpty() || computesLike(family).equals(computesLike(model.family()))) return;
        throw new UserError(
                "adapter.base",
                folder + " was made for a model of the family " + family + (name.isEmpty() ? "" : ", " + name)
                        + ", this one is of the family " + model.family(),
                "weights of the same shape mean something else there, so that it would answer nonsense",
                "name its base with --model");
    }

    /// GGUF files of Mistral's models say that they are Llama's, which compute alike.
    private static String computesLike(String family) {
        return family.equals("mistral") ? "llama" : family;
    }

    /// Say that a model is not called what the file calls its base; empty where it is, or where that cannot be told.
    /// Folders, files and the hub name the same model differently, so the last part of each name is compared,
    /// without what only tells its form, such as `-GGUF` or `.Q4_1`.
    Optional<String> doubt(Path folder, BaseModel base) {
        String expected = plain(name);
        if (ANY.matcher(expected).matches()) return Optional.empty();
        Path source = base.files().source().toAbsolutePath().normalize(); // a folder, or a file in one that is named
        Path around = source.getParent() == null ? source : source.getParent();
        return Stream.of(base.name(), source.toString(), around.toString())
                        .map(ForeignBase::plain)
                        .anyMatch(expected::equals)
                ? Optional.empty()
                : Optional.of(folder + " names " + name + " as its base, this is " + base.name()
                        + ": over another base its answers mean nothing");
    }

    /// The last part of a name or path, or the name in the hub's cache that a path leads through; letters and digits.
    private static String plain(String given) {
        String last = "";
        for (String part : given.split("[/\\\\]", -1)) {
            if (part.isEmpty()) continue;
            last = part;
            if (!part.startsWith("models--")) continue;
            last = part.substring(part.lastIndexOf("--") + 2);
            break;
        }
        last = last.toLowerCase(Locale.ROOT);
        for (var form = FORM.matcher(last); form.find(); form = FORM.matcher(last))
            last = last.substring(0, form.start());
        return last.replaceAll("[^a-z0-9]", "");
    }
}
