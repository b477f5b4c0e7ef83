package dev.savile.customization;

import dev.savile.common.UserError;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.model.ModelSpec;
import dev.savile.technique.Technique;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PTuningSpec;
import dev.savile.technique.soft.PrefixSpec;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftStart;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Read and write PEFT's `adapter_config.json` of prompt tuning, p-tuning and prefix tuning.
///
/// Prompt tuning and p-tuning name the width of the model as `token_dim`; prefix tuning names that of the keys of one
/// layer, and the number of key heads as `num_attention_heads`.
final class PeftSoftConfig {
    static final String PROMPT_TUNING = "PROMPT_TUNING";
    static final String P_TUNING = "P_TUNING";
    static final String PREFIX_TUNING = "PREFIX_TUNING";

    private PeftSoftConfig() {}

    static Technique.PromptTuning promptTuning(JsonNode config, ModelSpec model) {
        return new Technique.PromptTuning(
                new PromptTuningSpec(tokens(config, model.hidden(), model), SoftStart.RANDOM, ""));
    }

    static Technique.PTuning pTuning(JsonNode config, ModelSpec model) {
        int hidden = config.path("encoder_hidden_size").asInt(model.hidden());
        String kind = config.path("encoder_reparameterization_type").asString("MLP");
        Encoder encoder =
                switch (kind) {
                    case "MLP" -> new Encoder.Mlp(hidden);
                    case "LSTM" ->
                        new Encoder.Lstm(
                                hidden,
                                config.path("encoder_num_layers").asInt(2),
                                config.path("encoder_dropout").asDouble(0));
                    default ->
                        throw PeftJson.option(
                                "encoder_reparameterization_type",
                                config.path("encoder_reparameterization_type"),
                                "only MLP and LSTM are known");
                };
        return new Technique.PTuning(new PTuningSpec(tokens(config, model.hidden(), model), encoder));
    }

    /// The same with the encoder whose values a file has: PEFT has no name for NeMo's.
    ///
    /// @param encoder file of the encoder's values
    static Technique.PTuning pTuning(JsonNode config, ModelSpec model, Path encoder) {
        Technique.PTuning named = pTuning(config, model);
        try (SafetensorsFile file = Safetensors.open(encoder)) {
            String first = Encoder.NEMO_FIRST + ".weight";
            if (!file.names().contains(first)) return named;
            int hidden = Math.toIntExact(file.info(first).shape()[0]);
            return new Technique.PTuning(new PTuningSpec(named.spec().tokens(), new Encoder.NemoMlp(hidden)));
        }
    }

    static PrefixSpec prefix(JsonNode config, ModelSpec model) {
        int tokens = tokens(config, model.keyValueWidth(), model);
        boolean projected = config.path("prefix_projection").asBoolean(false);
        return new PrefixSpec(
                tokens,
                SoftStart.RANDOM,
                "",
                projected ? config.path("encoder_hidden_size").asInt(model.keyValueWidth()) : 0);
    }

    private static int tokens(JsonNode config, int width, ModelSpec model) {
        PeftJson.refuse(config, "modules_to_save", "null");
        PeftJson.refuse(config, "num_transformer_submodules", "1");
        int given = config.path("token_dim").asInt(width);
        int layers = config.path("num_layers").asInt(model.layers());
        if (given != width || layers != model.layers())
            throw new UserError(
                    "adapter.shape",
                    "the soft prompt was made for a width of " + given + " and " + layers + " layers, this model has "
                            + width + " and " + model.layers(),
                    "it belongs to another base",
                    "use the base that adapter_config.json names");
        return config.path("num_virtual_tokens").asInt(0);
    }

    static Map<String, Object> of(Technique technique, ModelSpec model, String baseName) {
        return switch (technique) {
            case Technique.PromptTuning(PromptTuningSpec spec) -> {
                Map<String, Object> config = common(PROMPT_TUNING, spec.tokens(), model, baseName);
                // How the vectors began does not matter any more, and naming a text would ask for a tokenizer.
                PeftJson.put(config, "prompt_tuning_init", "RANDOM");
                PeftJson.put(config, "prompt_tuning_init_text", null);
                PeftJson.put(config, "tokenizer_kwargs", null);
                PeftJson.put(config, "tokenizer_name_or_path", null);
                yield config;
            }
            case Technique.PTuning(PTuningSpec spec) -> {
                Map<String, Object> config = common(P_TUNING, spec.tokens(), model, baseName);
                Encoder.Lstm lstm = spec.encoder() instanceof Encoder.Lstm given ? given : null;
                // only the vectors are PEFT's to read: for an encoder that it does not know the name is that of its own
                int hidden =
                        switch (spec.encoder()) {
                            case Encoder.Mlp(int width) -> width;
                            case Encoder.NemoMlp(int width) -> width;
                            default -> 0;
                        };
                PeftJson.put(config, "encoder_dropout", lstm == null ? 0.0 : lstm.dropout());
                PeftJson.put(config, "encoder_hidden_size", lstm == null ? hidden : lstm.hidden());
                PeftJson.put(config, "encoder_num_layers", lstm == null ? 2 : lstm.layers());
                PeftJson.put(config, "encoder_reparameterization_type", lstm == null ? "MLP" : "LSTM");
                yield config;
            }
            case Technique.Prefix(PrefixSpec spec) -> {
                Map<String, Object> config = common(PREFIX_TUNING, spec.tokens(), model, baseName);
                PeftJson.put(config, "num_attention_heads", model.keyValueHeads());
                PeftJson.put(config, "token_dim", model.keyValueWidth());
                PeftJson.put(
                        config,
                        "encoder_hidden_size",
                        spec.projection() > 0 ? spec.projection() : model.keyValueWidth());
                PeftJson.put(config, "prefix_projection", spec.projection() > 0);
                yield config;
            }
            default -> throw new IllegalArgumentException(technique.id() + " is no soft prompt");
        };
    }

    private static Map<String, Object> common(String type, int tokens, ModelSpec model, String baseName) {
        Map<String, Object> config = PeftJson.common(type, baseName);
        PeftJson.put(config, "modules_to_save", null);
        PeftJson.put(config, "num_attention_heads", model.heads());
        PeftJson.put(config, "num_layers", model.layers());
        PeftJson.put(config, "num_transformer_submodules", 1);
        PeftJson.put(config, "num_virtual_tokens", tokens);
        PeftJson.put(config, "token_dim", model.hidden());
        return config;
    }
}
