package dev.savile.model;

import dev.savile.common.Digest;
import dev.savile.common.UserError;
import java.util.List;

/// List everything in which one decoder family differs from another. A family is a mapping to this record, never a
/// second decoder.
///
/// @param family            name of the family, as in `model_type`
/// @param vocabulary        number of token ids
/// @param hidden            width of the residual stream
/// @param heads             query heads
/// @param keyValueHeads     key and value heads; divides `heads`
/// @param headDim           width of one head; need not be `hidden / heads`
/// @param feedForward       inner width of the feed-forward part
/// @param norm              kind of norm and its epsilon
/// @param positions         how positions enter
/// @param windows           for each layer, the number of positions that a token sees, itself included; 0 for all
/// @param queryKeyNorm      RMS norm on each head of queries and keys before rotation
/// @param activation        non-linearity of the feed-forward part
/// @param tiedHead          the output head is the token embedding
/// @param maxPositions      longest context that the positions were made for
/// @param names             where the weights are found
public record ModelSpec(
        String family,
        int vocabulary,
        int hidden,
        int heads,
        int keyValueHeads,
        int headDim,
        int feedForward,
        Norm norm,
        Positions positions,
        List<Integer> windows,
        boolean queryKeyNorm,
        Activation activation,
        boolean tiedHead,
        int maxPositions,
        WeightNames names) {
    public ModelSpec {
        windows = List.copyOf(windows);
        positive("vocab_size", vocabulary);
        positive("hidden_size", hidden);
        positive("num_attention_heads", heads);
        positive("num_key_value_heads", keyValueHeads);
        positive("head_dim", headDim);
        positive("intermediate_size", feedForward);
        positive("num_hidden_layers", windows.size());
        positive("max_position_embeddings", maxPositions);
        if (heads % keyValueHeads != 0)
            throw new UserError(
                    "model.config",
                    heads + " query heads cannot share " + keyValueHeads + " key and value heads evenly",
                    "the weights would not fit together",
                    "check num_attention_heads and num_key_value_heads in config.json");
    }

    private static void positive(String key, int value) {
        if (value < 1)
            throw new UserError(
                    "model.config",
                    key + " must be at least 1, got " + value,
                    "no model has this shape",
                    "check config.json");
    }

    public int layers() {
        return windows.size();
    }

    public int queryWidth() {
        return heads * headDim;
    }

    public int keyValueWidth() {
        return keyValueHeads * headDim;
    }

    /// Norm over the hidden values.
    ///
    /// @param kind    root mean square, or mean and variance
    /// @param epsilon added to the mean square or the variance
    public record Norm(Kind kind, double epsilon) {
        public enum Kind {
            RMS,
            LAYER
        }
    }

    /// Return the SHA-256 of all of it: the same weights in another shape answer otherwise.
    public String digest() {
        return Digest.ofText(toString()); // records of records, whose words are their values
    }

    /// How positions enter the model.
    public sealed interface Positions {}

    /// Rotation of queries and keys (Su et al., "RoFormer", 2021).
    ///
    /// @param theta   base of the frequencies
    /// @param scaling how frequencies are stretched for contexts longer than the first training saw
    public record Rotary(double theta, RotaryScaling scaling) implements Positions {}

    /// A learned vector for each position, added to the embedding.
    public record Learned() implements Positions {}

    /// Non-linearity of the feed-forward part, and whether a gate multiplies it.
    public enum Activation {
        /// `down(silu(gate x) * up x)`
        GATED_SILU,
        /// `down(gelu_tanh(up x))`
        PLAIN_GELU_TANH
    }
}
