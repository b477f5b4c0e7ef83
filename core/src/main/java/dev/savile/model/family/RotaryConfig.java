package dev.savile.model.family;

import dev.savile.common.UserError;
import dev.savile.model.ModelSpec;
import dev.savile.model.RotaryScaling;

/// Read the rotary settings, in the newer form (`rope_parameters`) or the older (`rope_theta` and `rope_scaling`).
final class RotaryConfig {
    private RotaryConfig() {}

    static ModelSpec.Rotary read(ConfigReader config, int maxPositions) {
        double theta = config.number("rope_theta", 10_000);
        if (config.present("rope_parameters")) {
            ConfigReader rope = config.object("rope_parameters");
            return new ModelSpec.Rotary(rope.number("rope_theta", theta), scaling(rope, maxPositions));
        }
        if (config.present("rope_scaling"))
            return new ModelSpec.Rotary(theta, scaling(config.object("rope_scaling"), maxPositions));
        return new ModelSpec.Rotary(theta, new RotaryScaling.None());
    }

    private static RotaryScaling scaling(ConfigReader rope, int maxPositions) {
        String older = rope.text("type", "default");
        String type = rope.text("rope_type", older);
        RotaryScaling scaling =
                switch (type) {
                    case "default" -> new RotaryScaling.None();
                    case "linear" -> new RotaryScaling.Linear(rope.number("factor"));
                    case "dynamic" ->
                        new RotaryScaling.Dynamic(
                                rope.number("factor"), rope.integer("original_max_position_embeddings", maxPositions));
                    case "llama3" ->
                        new RotaryScaling.Llama3(
                                rope.number("factor"),
                                rope.number("low_freq_factor"),
                                rope.number("high_freq_factor"),
                                rope.integer("original_max_position_embeddings"));
                    case "yarn" -> yarn(rope, maxPositions);
                    default ->
                        throw new UserError(
                                "model.option",
                                "config.json asks for rotary scaling '" + type + "'",
                                "only default, linear, dynamic, llama3 and yarn are supported",
                                "use a model with one of these");
                };
        rope.present("partial_rotary_factor");
        rope.require("partial_rotary_factor", 1.0);
        rope.refuseUnknown();
        return scaling;
    }

    private static RotaryScaling yarn(ConfigReader rope, int maxPositions) {
        double factor = rope.number("factor");
        double attention;
        if (rope.present("attention_factor")) {
            attention = rope.number("attention_factor");
        } else if (rope.present("mscale") && rope.present("mscale_all_dim")) {
            attention = mscale(factor, rope.number("mscale")) / mscale(factor, rope.number("mscale_all_dim"));
        } else {
            attention = mscale(factor, 1);
        }
        return new RotaryScaling.Yarn(
                factor,
                rope.integer("original_max_position_embeddings", maxPositions),
                rope.number("beta_fast", 32),
                rope.number("beta_slow", 1),
                attention,
                rope.flag("truncate", true));
    }

    /// The temperature of the attention that YaRN found to fit a stretch factor.
    private static double mscale(double factor, double weight) {
        return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }
}
