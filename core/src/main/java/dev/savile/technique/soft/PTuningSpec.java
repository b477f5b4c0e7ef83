package dev.savile.technique.soft;

import dev.savile.common.UserError;

/// Vectors in front of every row, which an encoder makes while they are trained.
///
/// *Paper*: Liu et al., "GPT understands, too", 2021.
///
/// @param tokens  number of vectors, 10 to 20
/// @param encoder one of the MLPs, or LSTM
public record PTuningSpec(int tokens, Encoder encoder) {
    public PTuningSpec {
        SoftSizes.requireTokens(tokens);
        if (encoder instanceof Encoder.None || encoder instanceof Encoder.Projection)
            throw new UserError(
                    "soft.encoder",
                    "p-tuning needs an MLP or an LSTM as its encoder",
                    "without one it is prompt tuning",
                    "use encoder=mlp, or the technique prompt_tuning");
    }
}
