package dev.savile.customization;

import dev.savile.common.UserError;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.Targets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Read and write PEFT's `adapter_config.json` of a LoRA.
final class PeftConfig {
    /// Options that change what is computed and are not supported: refused when set to anything but the value
    /// given.
    private static final Map<String, String> REFUSED = new TreeMap<>(Map.ofEntries(
            Map.entry("use_dora", "false"),
            Map.entry("lora_bias", "false"),
            Map.entry("use_qalora", "false"),
            Map.entry("ensure_weight_tying", "false"),
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

    private PeftConfig() {}

    /// @throws UserError `peft.type` for another technique, `peft.option` for an option that is not understood
    static LoraSpec lora(JsonNode config) {
        String type = config.path("peft_type").asString("");
        if (!type.equals("LORA"))
            throw new UserError(
                    "peft.type",
                    "the adapter is of type '" + type + "'",
                    "only LORA adapters can be loaded here",
                    "use a LoRA adapter");
        for (Map.Entry<String, String> refused : REFUSED.entrySet())
            refuse(config, refused.getKey(), refused.getValue());
        JsonNode init = config.path("init_lora_weights");
        if (init.isString()
                && !init.stringValue().equals("gaussian")
                && !init.stringValue().equals("orthogonal"))
            throw option("init_lora_weights", init, "it changed the base's own weights, which are not in the adapter");
        return new LoraSpec(
                config.path("r").asInt(8),
                config.path("lora_alpha").asDouble(8),
                config.path("lora_dropout").asDouble(0),
                targets(config.path("target_modules"), "target_modules"),
                config.path("exclude_modules").isNull()
                                || config.path("exclude_modules").isMissingNode()
                        ? new Targets.Names(List.of())
                        : targets(config.path("exclude_modules"), "exclude_modules"),
                numbers(config.path("layers_to_transform")),
                texts(config.path("layers_pattern")),
                ranks(config.path("rank_pattern")),
                alphas(config.path("alpha_pattern")),
                config.path("use_rslora").asBoolean(false),
                bias(config.path("bias").asString("none")),
                texts(config.path("modules_to_save")));
    }

    private static void refuse(JsonNode config, String key, String supported) {
        JsonNode value = config.path(key);
        if (!value.isMissingNode() && !value.isNull() && !value.toString().equals(supported))
            throw option(key, value, "ignoring it would give other numbers than the tool that trained the adapter");
    }

    private static UserError option(String key, JsonNode value, String why) {
        return new UserError(
                "peft.option",
                "adapter_config.json sets " + key + " = " + value + ", which is not supported",
                why,
                "merge the adapter with the tool that made it, and use the merged model");
    }

    private static Targets targets(JsonNode value, String key) {
        if (value.isArray()) return new Targets.Names(texts(value));
        if (value.isString())
            return value.stringValue().equals("all-linear")
                    ? new Targets.AllLinear()
                    : new Targets.Regex(value.stringValue());
        throw new UserError(
                "peft.targets",
                "adapter_config.json has " + key + " = " + value,
                "which linears the adapter belongs to cannot be told",
                "write the list of modules into " + key);
    }

    private static LoraSpec.Bias bias(String value) {
        return switch (value) {
            case "none" -> LoraSpec.Bias.NONE;
            case "all" -> LoraSpec.Bias.ALL;
            case "lora_only" -> LoraSpec.Bias.LORA_ONLY;
            default ->
                throw new UserError(
                        "peft.option",
                        "adapter_config.json sets bias = " + value,
                        "only none, all and lora_only are known",
                        "correct the file");
        };
    }

    private static List<Integer> numbers(JsonNode value) {
        List<Integer> numbers = new ArrayList<>();
        if (value.isIntegralNumber()) numbers.add(value.intValue());
        if (value.isArray()) value.forEach(entry -> numbers.add(entry.intValue()));
        return numbers;
    }

    private static List<String> texts(JsonNode value) {
        List<String> texts = new ArrayList<>();
        if (value.isString()) texts.add(value.stringValue());
        if (value.isArray()) value.forEach(entry -> texts.add(entry.asString()));
        return texts;
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
    static Map<String, Object> of(LoraSpec spec, List<String> adapted, String baseName, boolean transposed) {
        Map<String, Object> config = new TreeMap<>();
        put(config, "alpha_pattern", plain(spec.alphaPattern()));
        put(config, "auto_mapping", null);
        put(config, "base_model_name_or_path", baseName);
        put(config, "bias", spec.bias().name().toLowerCase(java.util.Locale.ROOT));
        put(config, "fan_in_fan_out", transposed);
        put(config, "inference_mode", true);
        put(config, "init_lora_weights", true);
        put(config, "layers_pattern", orNull(spec.layersPattern()));
        put(config, "layers_to_transform", orNull(spec.layers()));
        put(config, "lora_alpha", whole(spec.alpha()));
        put(config, "lora_dropout", spec.dropout());
        put(config, "modules_to_save", orNull(spec.saved()));
        put(config, "peft_type", "LORA");
        put(config, "r", spec.rank());
        put(config, "rank_pattern", spec.rankPattern());
        put(config, "revision", null);
        put(config, "target_modules", targetsOf(spec, adapted));
        put(config, "task_type", "CAUSAL_LM");
        put(config, "use_rslora", spec.stabilized());
        Object excluded = excludedOf(spec.excluded());
        if (excluded != null) put(config, "exclude_modules", excluded);
        return config;
    }

    private static void put(Map<String, Object> config, String key, @org.jspecify.annotations.Nullable Object value) {
        config.put(key, value == null ? NULL : value);
    }

    /// Stands for JSON's null, which Java's sorted maps of non-null values cannot hold.
    private static final JsonNode NULL = tools.jackson.databind.node.NullNode.getInstance();

    private static Object targetsOf(LoraSpec spec, List<String> adapted) {
        return switch (spec.targets()) {
            case Targets.AllLinear() ->
                adapted.stream()
                        .map(path -> path.substring(path.lastIndexOf('.') + 1))
                        .distinct()
                        .sorted()
                        .toList();
            case Targets.Names(List<String> names) -> names;
            case Targets.Regex(String pattern) -> pattern;
        };
    }

    private static @org.jspecify.annotations.Nullable Object excludedOf(Targets excluded) {
        return switch (excluded) {
            case Targets.AllLinear() -> "all-linear";
            case Targets.Names(List<String> names) -> names.isEmpty() ? null : names;
            case Targets.Regex(String pattern) -> pattern;
        };
    }

    private static Object orNull(List<?> values) {
        return values.isEmpty() ? NULL : values;
    }

    /// PEFT's readers expect 16, not 16.0.
    private static Object whole(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9 ? (Object) (long) value : (Object) value;
    }

    private static Map<String, Object> plain(Map<String, Double> values) {
        Map<String, Object> plain = new LinkedHashMap<>();
        values.forEach((key, value) -> plain.put(key, whole(value)));
        return plain;
    }
}
