package dev.savile.technique.prompt;

import dev.savile.common.UserError;
import java.util.List;

/// Turn texts into vectors that lie near each other when the texts mean the same: the base model's own hidden states
/// ([HiddenStateEmbedder]), or any other encoder.
@FunctionalInterface
public interface TextEmbedder {
    /// No embedder; it refuses to be asked.
    TextEmbedder NONE = texts -> {
        throw new UserError(
                "prompt.embedder",
                "examples are to be chosen by their meaning, but there is no embedder",
                "without vectors no text is nearer to another",
                "give an embedder, or choose by shared words: bm25");
    };

    /// Return one vector for each text, all of the same width, `[texts][width]`.
    ///
    /// A text's vector must not depend on the texts beside it.
    float[][] embed(List<String> texts);
}
