package dev.savile.files.gguf;

import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Write the `config.json` that a GGUF file of the Llama architecture stands for.
final class GgufConfig {
    private GgufConfig() {}

    static Map<String, Object> of(Path path, GgufFile file) {
        Map<String, Object> metadata = file.metadata();
        String architecture = String.valueOf(metadata.getOrDefault("general.architecture", ""));
        if (!architecture.equals("llama"))
            throw new UserError(
                    "gguf.architecture",
                    path + " holds a model of the architecture '" + architecture + "'",
                    "only GGUF files of the architecture llama can be read",
                    "use the model's Hugging Face folder instead");
        if (file.has("rope_freqs.weight"))
            throw new UserError(
                    "gguf.tensor",
                    path + " brings rotary frequencies of its own (rope_freqs.weight)",
                    "running it without them would give wrong numbers",
                    "use the model's Hugging Face folder instead");
        long heads = number(path, metadata, "llama.attention.head_count");
        long hidden = number(path, metadata, "llama.embedding_length");
        long headDim = metadata.containsKey("llama.attention.key_length")
                ? number(path, metadata, "llama.attention.key_length")
                : hidden / heads;
        if (metadata.containsKey("llama.rope.dimension_count")
                && number(path, metadata, "llama.rope.dimension_count") != headDim)
            throw option(path, "llama.rope.dimension_count", "only whole heads can be rotated");
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "llama");
        config.put("architectures", new String[] {"LlamaForCausalLM"});
        config.put("vocab_size", file.info("token_embd.weight").shape()[0]);
        config.put("hidden_size", hidden);
        config.put("intermediate_size", number(path, metadata, "llama.feed_forward_length"));
        config.put("num_hidden_layers", number(path, metadata, "llama.block_count"));
        config.put("num_attention_heads", heads);
        config.put(
                "num_key_value_heads",
                metadata.containsKey("llama.attention.head_count_kv")
                        ? number(path, metadata, "llama.attention.head_count_kv")
                        : heads);
        config.put("head_dim", headDim);
        config.put("max_position_embeddings", number(path, metadata, "llama.context_length"));
        config.put("rms_norm_eps", decimal(metadata, "llama.attention.layer_norm_rms_epsilon", 1e-5));
        config.put("rope_theta", decimal(metadata, "llama.rope.freq_base", 10_000));
        scaling(path, metadata, config);
        config.put("hidden_act", "silu");
        config.put("attention_bias", file.has("blk.0.attn_q.bias"));
        config.put("mlp_bias", file.has("blk.0.ffn_up.bias"));
        config.put("tie_word_embeddings", !file.has("output.weight"));
        return config;
    }

    private static void scaling(Path path, Map<String, Object> metadata, Map<String, Object> config) {
        String type = String.valueOf(metadata.getOrDefault("llama.rope.scaling.type", "none"));
        if (type.equals("none")) return;
        if (!type.equals("linear")) throw option(path, "llama.rope.scaling.type", "only none and linear can be read");
        Map<String, Object> scaling = new LinkedHashMap<>();
        scaling.put("rope_type", "linear");
        scaling.put("factor", decimal(metadata, "llama.rope.scaling.factor", 1));
        config.put("rope_scaling", scaling);
    }

    private static long number(Path path, Map<String, Object> metadata, String key) {
        if (metadata.get(key) instanceof Number number && number.longValue() > 0) return number.longValue();
        throw new UserError(
                "gguf.metadata",
                path + " does not say " + key + " (found " + metadata.get(key) + ")",
                "the shape of the model is not known without it",
                "copy or download the file again");
    }

    /// Numbers stored as fp32 are read back as the decimal that was meant: 1.0e-5, not 9.99999974e-6.
    private static double decimal(Map<String, Object> metadata, String key, double absent) {
        return metadata.get(key) instanceof Number number ? Double.parseDouble(number.toString()) : absent;
    }

    private static UserError option(Path path, String key, String why) {
        return new UserError("gguf.option", path + " sets " + key, why, "use the model's Hugging Face folder instead");
    }
}
