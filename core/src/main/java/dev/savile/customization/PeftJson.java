package dev.savile.customization;

import dev.savile.common.UserError;
import dev.savile.technique.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;

/// What PEFT's configurations of all techniques have in common.
final class PeftJson {
    /// Stands for JSON's null, which Java's sorted maps of non-null values cannot hold.
    private static final JsonNode NULL = NullNode.getInstance();

    /// Every key that PEFT 0.21 writes for the types that are read here.
    private static final Set<String> KNOWN = Set.of(
            "task_type",
            "peft_type",
            "auto_mapping",
            "peft_version",
            "base_model_name_or_path",
            "revision",
            "inference_mode",
            "num_virtual_tokens",
            "token_dim",
            "num_transformer_submodules",
            "num_attention_heads",
            "num_layers",
            "modules_to_save",
            "r",
            "target_modules",
            "exclude_modules",
            "lora_alpha",
            "lora_dropout",
            "fan_in_fan_out",
            "bias",
            "use_rslora",
            "init_lora_weights",
            "layers_to_transform",
            "layers_pattern",
            "rank_pattern",
            "alpha_pattern",
            "megatron_config",
            "megatron_core",
            "trainable_token_indices",
            "loftq_config",
            "eva_config",
            "corda_config",
            "lora_ga_config",
            "use_dora",
            "velora_config",
            "alora_invocation_tokens",
            "use_qalora",
            "qalora_group_size",
            "monteclora_config",
            "layer_replication",
            "runtime_config",
            "lora_bias",
            "target_parameters",
            "use_bdlora",
            "arrow_config",
            "kasa_config",
            "ensure_weight_tying",
            "feedforward_modules",
            "init_ia3_weights",
            "prompt_tuning_init",
            "prompt_tuning_init_text",
            "tokenizer_name_or_path",
            "tokenizer_kwargs",
            "encoder_reparameterization_type",
            "encoder_hidden_size",
            "encoder_num_layers",
            "encoder_dropout",
            "init_weights",
            "prefix_projection");

    private PeftJson() {}

    /// The options that are set and not known, as those of a newer PEFT: they may change what is computed.
    static List<String> unknown(JsonNode config) {
        return config.properties().stream()
                .filter(option -> !KNOWN.contains(option.getKey()) && set(option.getValue()))
                .map(option -> option.getKey() + " = " + option.getValue())
                .toList();
    }

    private static boolean set(JsonNode value) {
        return !value.isNull()
                && !(value.isContainer() && value.isEmpty())
                && !value.asString("").equals("false")
                && !value.toString().equals("\"\"");
    }

    /// Begin a configuration as PEFT writes it, without keys that older readers do not know.
    static Map<String, Object> common(String type, String baseName) {
        Map<String, Object> config = new TreeMap<>();
        put(config, "auto_mapping", null);
        put(config, "base_model_name_or_path", baseName);
        put(config, "inference_mode", true);
        put(config, "peft_type", type);
        put(config, "revision", null);
        put(config, "task_type", "CAUSAL_LM");
        return config;
    }

    static void put(Map<String, Object> config, String key, @Nullable Object value) {
        config.put(key, value == null ? NULL : value);
    }

    /// Write targets, unless there are none.
    static void putTargets(Map<String, Object> config, String key, Targets targets) {
        Object written = written(targets, List.of());
        if (!(targets instanceof Targets.Names(List<String> names) && names.isEmpty())) config.put(key, written);
    }

    /// @param adapted paths of the adapted modules, from which the list of all linears is made; empty to write the
    ///                word
    static Object written(Targets targets, List<String> adapted) {
        return switch (targets) {
            case Targets.AllLinear() when adapted.isEmpty() -> "all-linear";
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

    static Object orNull(List<?> values) {
        return values.isEmpty() ? NULL : values;
    }

    /// PEFT's readers expect 16, not 16.0.
    static Object whole(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9 ? (Object) (long) value : (Object) value;
    }

    /// @throws UserError `adapter.option` when a key is set to anything but the value given
    static void refuse(JsonNode config, String key, String supported) {
        JsonNode value = config.path(key);
        if (!value.isMissingNode() && !value.isNull() && !value.toString().equals(supported))
            throw option(key, value, "ignoring it would give other numbers than the tool that trained the adapter");
    }

    static UserError option(String key, JsonNode value, String why) {
        return new UserError(
                "adapter.option",
                "adapter_config.json sets " + key + " = " + value + ", which is not supported",
                why,
                "merge the adapter with the tool that made it, and use the merged model");
    }

    static Targets targets(JsonNode config, String key) {
        JsonNode value = config.path(key);
        if (value.isArray()) return new Targets.Names(texts(value));
        if (value.isString())
            return value.stringValue().equals("all-linear")
                    ? new Targets.AllLinear()
                    : new Targets.Regex(value.stringValue());
        throw new UserError(
                "adapter.targets",
                "adapter_config.json has " + key + " = " + value,
                "which linears the adapter belongs to cannot be told",
                "write the list of modules into " + key);
    }

    static Targets targetsOrNone(JsonNode config, String key) {
        JsonNode value = config.path(key);
        return value.isNull() || value.isMissingNode() ? new Targets.Names(List.of()) : targets(config, key);
    }

    static List<Integer> numbers(JsonNode value) {
        List<Integer> numbers = new ArrayList<>();
        if (value.isIntegralNumber()) numbers.add(value.intValue());
        if (value.isArray()) value.forEach(entry -> numbers.add(entry.intValue()));
        return numbers;
    }

    static List<String> texts(JsonNode value) {
        List<String> texts = new ArrayList<>();
        if (value.isString()) texts.add(value.stringValue());
        if (value.isArray()) value.forEach(entry -> texts.add(entry.asString()));
        return texts;
    }
}
