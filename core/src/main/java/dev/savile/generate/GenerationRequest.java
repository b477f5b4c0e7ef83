package dev.savile.generate;

import dev.savile.common.UserError;
import dev.savile.generate.constrain.TokenConstraint;
import dev.savile.model.ModelSpec;

/// Ask for the continuation of a prompt.
///
/// @param promptIds at least one token id
/// @param options   how long, how chosen
/// @param ends      tokens that end the answer
/// @param key       what the row's draws are keyed by
public record GenerationRequest(int[] promptIds, GenerationOptions options, EndTokens ends, DrawKey key) {
    public GenerationRequest {
        promptIds = promptIds.clone();
        if (promptIds.length == 0)
            throw new UserError(
                    "generate.prompt",
                    "the prompt has no tokens",
                    "the model predicts each token from those before it",
                    "give at least one word, or the token that begins a text");
    }

    /// Ask for a single answer.
    public static GenerationRequest of(int[] promptIds, GenerationOptions options, EndTokens ends) {
        return new GenerationRequest(promptIds, options, ends, DrawKey.SINGLE);
    }

    /// Refuse a request that the model cannot serve.
    ///
    /// @param given   positions in front of the prompt that a technique takes up
    /// @param virtual virtual tokens that the prompt may hold
    void check(ModelSpec spec, int given, int virtual) {
        for (int id : promptIds)
            if (id < 0 || id >= spec.vocabulary() + virtual)
                throw new UserError(
                        "generate.prompt",
                        "the prompt holds the token id " + id + ", the model knows 0 to " + (spec.vocabulary() - 1),
                        "there is no vector for it",
                        "check that the tokenizer belongs to this model");
        if (options.constraint() instanceof TokenConstraint constraint)
            constraint.require(options.maxTokens(), spec.vocabulary());
        int prompt = given + promptIds.length;
        long needed = (long) prompt + options.maxTokens();
        if (needed <= spec.maxPositions()) return;
        int room = spec.maxPositions() - prompt;
        throw new UserError(
                "generate.context",
                "the prompt has " + prompt + " tokens and up to " + options.maxTokens()
                        + " new ones were asked for, together " + needed + "; the model's context is "
                        + spec.maxPositions(),
                "beyond its context a model writes nonsense",
                room > 0 ? "ask for at most " + room + " tokens, or shorten the prompt" : "shorten the prompt");
    }
}
