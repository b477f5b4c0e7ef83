package dev.savile.model.family;

import dev.savile.common.UserError;
import dev.savile.model.ModelSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// Map a `config.json` to a specification, by its `model_type`.
public final class Families {
    private static final Map<String, Function<JsonNode, ModelSpec>> BY_TYPE = new LinkedHashMap<>();

    static {
        BY_TYPE.put("llama", LlamaFamily::llama);
        BY_TYPE.put("mistral", LlamaFamily::mistral);
        BY_TYPE.put("qwen2", LlamaFamily::qwen2);
        BY_TYPE.put("qwen3", LlamaFamily::qwen3);
        BY_TYPE.put("gpt2", Gpt2Family::gpt2);
    }

    private Families() {}

    /// Read a configuration.
    ///
    /// @throws UserError `model.family` for a family that is not known, `model.option` for an option that is not
    ///         understood, `model.config` for a value that cannot be
    public static ModelSpec spec(JsonNode config) {
        String type = config.path("model_type").asString("");
        Function<JsonNode, ModelSpec> family = BY_TYPE.get(type);
        if (family == null)
            throw new UserError(
                    "model.family",
                    type.isEmpty()
                            ? "config.json names no model_type"
                            : "models of the family '" + type + "' are not known here",
                    "each family computes differently; guessing would give wrong numbers",
                    "use a model of one of these families: " + String.join(", ", BY_TYPE.keySet()));
        return family.apply(config);
    }
}
