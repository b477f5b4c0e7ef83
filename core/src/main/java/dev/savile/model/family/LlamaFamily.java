package dev.savile.model.family;

import dev.savile.model.ModelSpec;
import dev.savile.model.ModelSpec.Activation;
import dev.savile.model.ModelSpec.Norm;
import dev.savile.model.WeightNames;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Llama and those that kept its shape: Mistral, Qwen2, Qwen3.
final class LlamaFamily {
    private static final List<String> QKV = List.of("q_proj", "k_proj", "v_proj");
    private static final List<String> ATTENTION = List.of("q_proj", "k_proj", "v_proj", "o_proj");
    private static final List<String> MLP = List.of("gate_proj", "up_proj", "down_proj");

    private LlamaFamily() {}

    static ModelSpec llama(JsonNode json) {
        var config = new ConfigReader(json, "llama");
        List<String> biased = new ArrayList<>();
        if (config.flag("attention_bias", false)) biased.addAll(ATTENTION);
        if (config.flag("mlp_bias", false)) biased.addAll(MLP);
        config.integer("pretraining_tp", 1); // an old way to split matrices, without effect on the result
        config.require("rope_interleaved", false);
        return finish(config, "llama", noWindows(config), biased, false);
    }

    static ModelSpec mistral(JsonNode json) {
        var config = new ConfigReader(json, "mistral");
        int window = config.integer("sliding_window", 0);
        return finish(
                config, "mistral", Collections.nCopies(config.integer("num_hidden_layers"), window), List.of(), false);
    }

    static ModelSpec qwen2(JsonNode json) {
        var config = new ConfigReader(json, "qwen2");
        config.require("use_mrope", false);
        return finish(config, "qwen2", qwenWindows(config), QKV, false);
    }

    static ModelSpec qwen3(JsonNode json) {
        var config = new ConfigReader(json, "qwen3");
        List<String> biased = config.flag("attention_bias", false) ? ATTENTION : List.of();
        return finish(config, "qwen3", qwenWindows(config), biased, true);
    }

    private static ModelSpec finish(
            ConfigReader config, String family, List<Integer> windows, List<String> biased, boolean queryKeyNorm) {
        int hidden = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        int maxPositions = config.integer("max_position_embeddings");
        config.require("hidden_act", "silu");
        config.integer("num_hidden_layers");
        var spec = new ModelSpec(
                family,
                config.integer("vocab_size"),
                hidden,
                heads,
                config.integer("num_key_value_heads", heads),
                config.integer("head_dim", hidden / Math.max(1, heads)),
                config.integer("intermediate_size"),
                new Norm(Norm.Kind.RMS, config.number("rms_norm_eps", 1e-6)),
                RotaryConfig.read(config, maxPositions),
                windows,
                queryKeyNorm,
                Activation.GATED_SILU,
                config.flag("tie_word_embeddings", false),
                maxPositions,
                WeightNames.llama(queryKeyNorm, biased));
        config.refuseUnknown();
        return spec;
    }

    private static List<Integer> noWindows(ConfigReader config) {
        return Collections.nCopies(config.integer("num_hidden_layers"), 0);
    }

    /// Qwen can limit the attention of its upper layers, named one by one or by the number of the first.
    private static List<Integer> qwenWindows(ConfigReader config) {
        int layers = config.integer("num_hidden_layers");
        boolean used = config.flag("use_sliding_window", false);
        int window = config.integer("sliding_window", 0);
        int first = config.integer("max_window_layers", 28);
        List<Integer> windows = new ArrayList<>();
        List<String> types = config.present("layer_types") ? config.texts("layer_types") : List.of();
        for (int i = 0; i < layers; i++) {
            boolean limited = types.size() == layers ? types.get(i).equals("sliding_attention") : i >= first;
            windows.add(used && limited ? window : 0);
        }
        return windows;
    }
}
