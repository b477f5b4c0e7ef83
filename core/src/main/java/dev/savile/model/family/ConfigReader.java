package dev.savile.model.family;

import dev.savile.common.UserError;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Read a model's `config.json` key by key, and refuse by name what nobody asked about: an option that is not
/// understood would silently make another model.
final class ConfigReader {
    /// Keys that do not change what a decoder computes when it is not being trained with dropout.
    private static final Set<String> INERT = Set.of(
            "_name_or_path",
            "_attn_implementation_autoset",
            "architectures",
            "attention_dropout",
            "attn_pdrop",
            "auto_map",
            "bos_token_id",
            "dtype",
            "embd_pdrop",
            "eos_token_id",
            "gradient_checkpointing",
            "initializer_range",
            "is_llama_config",
            "keys_to_ignore_at_inference",
            "model_type",
            "n_ctx",
            "output_past",
            "pad_token_id",
            "resid_pdrop",
            "summary_activation",
            "summary_first_dropout",
            "summary_proj_to_labels",
            "summary_type",
            "summary_use_proj",
            "task_specific_params",
            "torch_dtype",
            "transformers.js_config",
            "transformers_version",
            "unk_token_id",
            "use_cache");

    private final JsonNode config;
    private final String family;
    private final Set<String> asked = new TreeSet<>();

    ConfigReader(JsonNode config, String family) {
        this.config = config;
        this.family = family;
    }

    int integer(String key) {
        JsonNode value = value(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) throw wrong(key, value, "a whole number");
        return value.intValue();
    }

    int integer(String key, int absent) {
        return present(key) ? integer(key) : absent;
    }

    double number(String key) {
        JsonNode value = value(key);
        if (!value.isNumber()) throw wrong(key, value, "a number");
        return value.doubleValue();
    }

    double number(String key, double absent) {
        return present(key) ? number(key) : absent;
    }

    boolean flag(String key, boolean absent) {
        if (!present(key)) return absent;
        JsonNode value = value(key);
        if (!value.isBoolean()) throw wrong(key, value, "true or false");
        return value.booleanValue();
    }

    String text(String key, String absent) {
        if (!present(key)) return absent;
        JsonNode value = value(key);
        if (!value.isString()) throw wrong(key, value, "text");
        return value.stringValue();
    }

    /// Tell whether a key is there and not null. Asking counts as understanding it.
    boolean present(String key) {
        asked.add(key);
        return config.has(key) && !config.get(key).isNull();
    }

    /// Read an object of its own, with its own check for unknown keys.
    ConfigReader object(String key) {
        JsonNode value = value(key);
        if (!value.isObject()) throw wrong(key, value, "an object");
        return new ConfigReader(value, family + "." + key);
    }

    List<String> texts(String key) {
        JsonNode value = value(key);
        if (!value.isArray()) throw wrong(key, value, "a list");
        return value.valueStream().map(JsonNode::asString).toList();
    }

    /// Require that an option has the one value that is supported, where it is given at all.
    void require(String key, Object supported) {
        if (!present(key)) return;
        Object given = config.get(key).isString()
                ? config.get(key).stringValue()
                : config.get(key).toString();
        if (!Objects.equals(given, supported.toString()))
            throw new UserError(
                    "model.option",
                    "config.json of this " + family + " model says " + key + " = " + given + "; only " + supported
                            + " is supported",
                    "running it otherwise would give wrong numbers without a word",
                    "use a model without this option");
    }

    /// Refuse keys that nobody asked about.
    void refuseUnknown() {
        for (String key : config.propertyNames()) {
            if (!asked.contains(key) && !INERT.contains(key) && !config.get(key).isNull())
                throw new UserError(
                        "model.option",
                        "config.json of this " + family + " model has an option that is not understood: " + key + " = "
                                + config.get(key),
                        "it may change what the model computes",
                        "use another model, or remove the key if you know that it has no effect");
        }
    }

    private JsonNode value(String key) {
        if (!present(key))
            throw new UserError(
                    "model.config",
                    "config.json of this " + family + " model lacks " + key,
                    "the shape of the model is not known without it",
                    "fetch the model's config.json again");
        return config.get(key);
    }

    private UserError wrong(String key, JsonNode value, String expected) {
        return new UserError(
                "model.config",
                "config.json of this " + family + " model says " + key + " = " + value + ", expected " + expected,
                "the model cannot be built from it",
                "fetch the model's config.json again");
    }
}
