package dev.savile.customization;

import dev.savile.common.UserError;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraStart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Read and write PEFT's `adapter_config.json` of a LoRA.
final class PeftLoraConfig {
    /// Options that change what is computed and are not supported: refused when set to anything but the value
    /// given.
    private static final Map<String, String> REFUSED = new TreeMap<>(Map.ofEntries(
            Map.entry("use_qalora", "false"),
            Map.entry("layer_replication", "null"),
            Map.entry("target_parameters", "null"),
            Map.entry("trainable_token_indices", "null"),
            Map.entry("alora_invocation_tokens", "null"),
            Map.entry("arrow_config", "null"),
            Map.entry("corda_config", "null"),
            Map.entry("eva_config", "null"),
            Map.entry("kasa_config", "null"),
            Map.entry("lora_ga_config", "null"),
            Map.entry("megatron_config", "null"),
            Map.entry("monteclora_config", "null"),
            Map.entry("velora_config", "null"),
            Map.entry("use_bdlora", "null")));

    /// Whether PEFT gives what an embedding learned to a head that is tied to it.
    static final String TYING = "ensure_weight_tying";

    private PeftLoraConfig() {}

    /// @throws UserError `adapter.option` for an option that is not understood
    static LoraSpec read(JsonNode config) {
        for (Map.Entry<String, String> refused : REFUSED.entrySet())
            PeftJson.refuse(config, refused.getKey(), refused.getValue());
        JsonNode init = config.path("init_lora_weights");
        if (init.isString()
                && !init.stringValue().equals("gaussian")
                && !init.stringValue().equals("orthogonal"))
            throw PeftJson.option(
                    "init_lora_weights", init, "it changed the base's own weights, which are not in the adapter");
        return new LoraSpec(
                config.path("r").asInt(8),
                config.path("lora_alpha").asDouble(8),
                config.path("lora_dropout").asDouble(0),
                PeftJson.targets(config, "target_modules"),
                PeftJson.targetsOrNone(config, "exclude_modules"),
                PeftJson.numbers(config.path("layers_to_transform")),
                PeftJson.texts(config.path("layers_pattern")),
                ranks(config.path("rank_pattern")),
                alphas(config.path("alpha_pattern")),
                config.path("use_rslora").asBoolean(false),
                config.path("use_dora").asBoolean(false),
                1,
                LoraStart.USUAL,
                bias(config.path("bias").asString("none")),
                PeftJson.texts(config.path("modules_to_save")),
                config.path("lora_bias").asBoolean(false));
    }

    private static LoraSpec.Bias bias(String value) {
        return switch (value) {
            case "none" -> LoraSpec.Bias.NONE;
            case "all" -> LoraSpec.Bias.ALL;
            case "lora_only" -> LoraSpec.Bias.LORA_ONLY;
            default ->
                throw new UserError(
                        "adapter.option",
                        "adapter_config.json sets bias = " + value,
                        "only none, all and lora_only are known",
                        "correct the file");
        };
    }

    private static Map<String, Integer> ranks(JsonNode value) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : value.properties())
            ranks.put(entry.getKey(), entry.getValue().asInt());
        return ranks;
    }

    private static Map<String, Double> alphas(JsonNode value) {
        Map<String, Double> alphas = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : value.properties())
            alphas.put(entry.getKey(), entry.getValue().asDouble());
        return alphas;
    }

    /// Return the configuration as PEFT writes it, without keys that older readers do not know.
    ///
    /// @param adapted paths of the adapted modules, from which the list of targets is made
    /// @param tied    whether an embedding that is trained whole is the head as well
    static Map<String, Object> of(
            LoraSpec spec, List<String> adapted, String baseName, boolean transposed, boolean tied) {
        Map<String, Object> config = PeftJson.common("LORA", baseName);
        PeftJson.put(config, "alpha_pattern", plain(spec.alphaPattern()));
        PeftJson.put(config, "bias", spec.bias().name().toLowerCase(java.util.Locale.ROOT));
        PeftJson.put(config, "fan_in_fan_out", transposed);
        PeftJson.put(config, "init_lora_weights", true);
        PeftJson.put(config, "layers_pattern", PeftJson.orNull(spec.layersPattern()));
        PeftJson.put(config, "layers_to_transform", PeftJson.orNull(spec.layers()));
        PeftJson.put(config, "lora_alpha", PeftJson.whole(spec.alpha()));
        PeftJson.put(config, "lora_dropout", spec.dropout());
        PeftJson.put(config, "modules_to_save", PeftJson.orNull(spec.saved()));
        PeftJson.put(config, "r", spec.rank());
        PeftJson.put(config, "rank_pattern", spec.rankPattern());
        PeftJson.put(config, "target_modules", PeftJson.written(spec.targets(), adapted));
        PeftJson.put(config, "use_rslora", spec.stabilized());
        if (tied) PeftJson.put(config, TYING, true);
        if (spec.dora()) PeftJson.put(config, "use_dora", true);
        if (spec.updateBias()) PeftJson.put(config, "lora_bias", true);
        PeftJson.putTargets(config, "exclude_modules", spec.excluded());
        return config;
    }

    private static Map<String, Object> plain(Map<String, Double> values) {
        Map<String, Object> plain = new LinkedHashMap<>();
        values.forEach((key, value) -> plain.put(key, PeftJson.whole(value)));
        return plain;
    }
}
