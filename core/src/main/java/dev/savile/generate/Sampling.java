package dev.savile.generate;

import dev.savile.common.UserError;

/// Say how the next token is chosen from the logits. The steps follow the order of the components.
///
/// @param repetitionPenalty divides positive logits of tokens that the row holds already, prompt included, and
///                          multiplies negative ones (Keskar et al., "CTRL", 2019); 1 is off
/// @param temperature       divides the logits; 0 takes the likeliest token, the one with the lowest id among
///                          equals
/// @param topK              keeps the `topK` likeliest tokens, and those as likely as the last of them; 0 is off
/// @param topP              keeps the smallest set of likeliest tokens whose probabilities sum to at least this
///                          (Holtzman et al., "The curious case of neural text degeneration", 2020); 1 is off
/// @param minP              keeps tokens at least this times as likely as the likeliest; 0 is off
/// @param seed              seed of the draws; the same seed gives the same tokens
public record Sampling(double repetitionPenalty, double temperature, int topK, double topP, double minP, long seed) {
    /// The likeliest token, always.
    public static final Sampling GREEDY = new Sampling(1, 0, 0, 1, 0, 0);

    public Sampling {
        if (!(repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY)) // NaN fails too
        throw new UserError(
                    "generate.repetition-penalty",
                    "the repetition penalty must be a positive number, got " + repetitionPenalty,
                    "logits are divided by it",
                    "use 1 for none, 1.1 for a mild one");
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY))
            throw new UserError(
                    "generate.temperature",
                    "the temperature must be 0 or positive, got " + temperature,
                    "logits are divided by it; 0 takes the likeliest token",
                    "use 0 for answers that repeat, 0.7 for variety");
        if (topK < 0)
            throw new UserError(
                    "generate.top-k",
                    "top-k must not be negative, got " + topK,
                    "it is the number of tokens to choose from",
                    "use 0 to switch it off");
        if (!(topP > 0 && topP <= 1))
            throw new UserError(
                    "generate.top-p",
                    "top-p must be above 0 and at most 1, got " + topP,
                    "it is the share of probability to choose from",
                    "use 1 to switch it off");
        if (!(minP >= 0 && minP <= 1))
            throw new UserError(
                    "generate.min-p",
                    "min-p must be from 0 to 1, got " + minP,
                    "it is the least share of the likeliest token's probability",
                    "use 0 to switch it off");
    }

    /// Draw at a temperature from all tokens.
    public static Sampling at(double temperature, long seed) {
        return new Sampling(1, temperature, 0, 1, 0, seed);
    }

    /// Tell whether the token with the largest logit of the model is always the one taken.
    public boolean plainGreedy() {
        return temperature == 0 && repetitionPenalty == 1;
    }

    public Sampling withRepetitionPenalty(double penalty) {
        return new Sampling(penalty, temperature, topK, topP, minP, seed);
    }

    public Sampling withTopK(int count) {
        return new Sampling(repetitionPenalty, temperature, count, topP, minP, seed);
    }

    public Sampling withTopP(double share) {
        return new Sampling(repetitionPenalty, temperature, topK, share, minP, seed);
    }

    public Sampling withMinP(double share) {
        return new Sampling(repetitionPenalty, temperature, topK, topP, share, seed);
    }
}
