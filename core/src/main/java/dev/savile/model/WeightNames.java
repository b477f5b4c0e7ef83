package dev.savile.model;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Tell where a family keeps its weights: module paths as Hugging Face names them, `%d` standing for the layer.
///
/// @param embedding      token embedding
/// @param positions      learned positions; null where there are none
/// @param inputNorm      norm before the attention
/// @param queryKeyValue  one fused linear, or three
/// @param attentionOut   output linear of the attention
/// @param queryNorm      norm on queries; null where there is none
/// @param keyNorm        norm on keys; null where there is none
/// @param feedForwardNorm norm before the feed-forward part
/// @param gate           gate linear; null where there is none
/// @param up             first linear of the feed-forward part
/// @param down           last linear of the feed-forward part
/// @param finalNorm      norm before the head
/// @param head           output head
/// @param transposed     linears are stored `[in, out]` (Conv1D)
/// @param biased         last names of the linears that have a bias
/// @param optionalPrefix a prefix that checkpoints may leave out; empty for none
public record WeightNames(
        String embedding,
        @Nullable String positions,
        String inputNorm,
        List<String> queryKeyValue,
        String attentionOut,
        @Nullable String queryNorm,
        @Nullable String keyNorm,
        String feedForwardNorm,
        @Nullable String gate,
        String up,
        String down,
        String finalNorm,
        String head,
        boolean transposed,
        List<String> biased,
        String optionalPrefix) {
    public WeightNames {
        biased = List.copyOf(biased);
        queryKeyValue = List.copyOf(queryKeyValue);
    }

    /// Module path of a layer.
    public String layer(int index) {
        String pattern = inputNorm.substring(0, inputNorm.lastIndexOf('.'));
        return String.format(Locale.ROOT, pattern, index);
    }

    /// Return the name that a checkpoint has a parameter under: some leave out the first part of every name.
    String stored(String name, Weights weights) {
        boolean shortened = !optionalPrefix.isEmpty() && name.startsWith(optionalPrefix) && !weights.has(name);
        return shortened ? name.substring(optionalPrefix.length()) : name;
    }

    /// The names that Llama introduced and most families kept.
    public static WeightNames llama(boolean queryKeyNorm, List<String> biased) {
        String layer = "model.layers.%d.";
        return new WeightNames(
                "model.embed_tokens",
                null,
                layer + "input_layernorm",
                List.of(layer + "self_attn.q_proj", layer + "self_attn.k_proj", layer + "self_attn.v_proj"),
                layer + "self_attn.o_proj",
                queryKeyNorm ? layer + "self_attn.q_norm" : null,
                queryKeyNorm ? layer + "self_attn.k_norm" : null,
                layer + "post_attention_layernorm",
                layer + "mlp.gate_proj",
                layer + "mlp.up_proj",
                layer + "mlp.down_proj",
                "model.norm",
                "lm_head",
                false,
                biased,
                "model.");
    }
}
