package dev.savile.technique.prompt;

import dev.savile.common.UserError;

/// Whether and how a prompt asks for the way to the answer before the answer.
///
/// *Papers*: Wei et al., "Chain-of-thought prompting elicits reasoning in large language models", 2022; Kojima et
/// al., "Large language models are zero-shot reasoners", 2022; Wang et al., "Self-consistency improves chain of
/// thought reasoning in language models", 2023.
///
/// @param mode        none, asked for in words, or shown by the worked examples
/// @param trigger     the words that ask for it, behind the message
/// @param conclusion  what stands before the answer in worked examples
/// @param samples     answers drawn, the commonest of which counts; 1 for none but the likeliest
/// @param temperature of the draws
/// @param topP        share of probability that draws are taken from
public record Reasoning(Mode mode, String trigger, String conclusion, int samples, double temperature, double topP) {
    /// How the way to the answer comes about.
    public enum Mode {
        NONE,
        ZERO_SHOT,
        FEW_SHOT;

        /// The name in files and options.
        public String id() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    public static final String CONCLUSION = "The answer is ";
    private static final String TRIGGER = "Think step by step, then write \"" + CONCLUSION + "\" and the answer.";
    private static final double TEMPERATURE = 0.7;
    private static final double TOP_P = 0.95;

    public Reasoning {
        if (samples < 1)
            throw new UserError(
                    "prompt.samples",
                    "answers drawn are " + samples,
                    "at least one answer is needed",
                    "use 1 for the likeliest answer, 5 for a vote");
        if (samples > 1 && !(temperature > 0))
            throw new UserError(
                    "prompt.samples",
                    samples + " answers are drawn at temperature " + temperature,
                    "without chance all of them are the same",
                    "use a temperature such as " + TEMPERATURE);
    }

    /// Answer at once.
    public static Reasoning none() {
        return new Reasoning(Mode.NONE, "", "", 1, 0, 1);
    }

    /// Reason first; one answer, the likeliest.
    public static Reasoning of(Mode mode) {
        return switch (mode) {
            case NONE -> none();
            case ZERO_SHOT -> new Reasoning(mode, TRIGGER, CONCLUSION, 1, 0, 1);
            case FEW_SHOT -> new Reasoning(mode, "", CONCLUSION, 1, 0, 1);
        };
    }

    /// Draw as many answers as another does, in its way.
    public Reasoning drawnLike(Reasoning other) {
        return new Reasoning(mode, trigger, conclusion, other.samples, other.temperature, other.topP);
    }

    /// Draw several answers in the same way and take the commonest; in place of several the likeliest alone.
    public Reasoning voting(int draws) {
        if (draws == samples) return this;
        if (draws == 1) return new Reasoning(mode, trigger, conclusion, 1, 0, 1);
        boolean draw = temperature > 0;
        return new Reasoning(mode, trigger, conclusion, draws, draw ? temperature : TEMPERATURE, draw ? topP : TOP_P);
    }

    /// Draw in another way.
    public Reasoning drawnAt(double newTemperature, double newTopP) {
        return new Reasoning(mode, trigger, conclusion, samples, newTemperature, newTopP);
    }

    public boolean reasons() {
        return mode != Mode.NONE;
    }
}
