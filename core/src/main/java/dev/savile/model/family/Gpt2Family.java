package dev.savile.model.family;

import dev.savile.model.ModelSpec;
import dev.savile.model.ModelSpec.Activation;
import dev.savile.model.ModelSpec.Norm;
import dev.savile.model.WeightNames;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// GPT-2: learned positions, layer norms with shift, one fused linear for queries, keys and values, weights stored
/// transposed.
final class Gpt2Family {
    private Gpt2Family() {}

    static ModelSpec gpt2(JsonNode json) {
        var config = new ConfigReader(json, "gpt2");
        int hidden = config.integer("n_embd");
        int heads = config.integer("n_head");
        config.require("activation_function", "gelu_new");
        config.require("scale_attn_weights", true);
        config.require("scale_attn_by_inverse_layer_idx", false);
        config.require("reorder_and_upcast_attn", false);
        config.require("add_cross_attention", false);
        String layer = "transformer.h.%d.";
        var names = new WeightNames(
                "transformer.wte",
                "transformer.wpe",
                layer + "ln_1",
                List.of(layer + "attn.c_attn"),
                layer + "attn.c_proj",
                null,
                null,
                layer + "ln_2",
                null,
                layer + "mlp.c_fc",
                layer + "mlp.c_proj",
                "transformer.ln_f",
                "lm_head",
                true,
                List.of("c_attn", "c_proj", "c_fc"),
                "transformer.");
        var spec = new ModelSpec(
                "gpt2",
                config.integer("vocab_size"),
                hidden,
                heads,
                heads,
                hidden / Math.max(1, heads),
                config.integer("n_inner", 4 * hidden),
                new Norm(Norm.Kind.LAYER, config.number("layer_norm_epsilon", 1e-5)),
                new ModelSpec.Learned(),
                Collections.nCopies(config.integer("n_layer"), 0),
                false,
                Activation.PLAIN_GELU_TANH,
                config.flag("tie_word_embeddings", true),
                config.integer("n_positions"),
                names);
        config.refuseUnknown();
        return spec;
    }
}
