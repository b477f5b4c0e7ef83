package dev.savile.evaluate.task;

import dev.savile.common.UserError;
import dev.savile.generate.Sampling;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// How the tokens of written answers are chosen. What is not given stays as the prompt has it.
///
/// @param temperature       divides the logits; 0 takes the likeliest token
/// @param topP              share of probability that draws are taken from
/// @param topK              likeliest tokens that draws are taken from; 0 for all
/// @param repetitionPenalty makes tokens that are there already less likely; 1 for none
public record Drawing(
        OptionalDouble temperature, OptionalDouble topP, OptionalInt topK, OptionalDouble repetitionPenalty) {
    public static Drawing unchanged() {
        return new Drawing(OptionalDouble.empty(), OptionalDouble.empty(), OptionalInt.empty(), OptionalDouble.empty());
    }

    /// Return how a prompt's answers are drawn.
    ///
    /// @throws UserError those of [Sampling]
    public static Sampling sampling(PromptBundle bundle, long seed) {
        Reasoning reasoning = bundle.reasoning();
        PromptBundle.Decoding decoding = bundle.decoding();
        @Nullable Integer topK = decoding.topK();
        @Nullable Double penalty = decoding.repetitionPenalty();
        Sampling sampling = Sampling.at(reasoning.temperature(), seed)
                .withTopP(reasoning.topP())
                .withTopK(topK == null ? 0 : topK);
        return penalty == null ? sampling : sampling.withRepetitionPenalty(penalty);
    }

    public Reasoning over(Reasoning own) {
        return equals(unchanged()) ? own : own.drawnAt(temperature.orElse(own.temperature()), topP.orElse(own.topP()));
    }

    public PromptBundle.Decoding over(PromptBundle.Decoding own) {
        return own.choosing(
                topK.isPresent() ? Integer.valueOf(topK.getAsInt()) : own.topK(),
                repetitionPenalty.isPresent()
                        ? Double.valueOf(repetitionPenalty.getAsDouble())
                        : own.repetitionPenalty());
    }

    /// Refuse what would have no effect on a prompt's answers.
    ///
    /// @param bundle  with these changes
    /// @param written whether anything is written
    /// @throws UserError `task.drawing`, those of [Sampling]
    public void require(PromptBundle bundle, boolean written) {
        Optional<String> given = given();
        if (given.isEmpty()) return;
        if (!written)
            throw refused(
                    given.get(),
                    "the likeliest of the task's answers is looked up, and nothing is written",
                    "leave it away, or let the model reason first (--reasoning zero-shot)");
        Sampling sampling = sampling(bundle, 0);
        if (sampling.temperature() > 0) return;
        if (topP.orElse(1) < 1) throw refused("top-p", "the likeliest token is always taken", "add a temperature");
        if (topK.orElse(0) > 0) throw refused("top-k", "the likeliest token is always taken", "add a temperature");
    }

    private Optional<String> given() {
        if (temperature.isPresent()) return Optional.of("temperature");
        if (topP.isPresent()) return Optional.of("top-p");
        if (topK.isPresent()) return Optional.of("top-k");
        return repetitionPenalty.isPresent() ? Optional.of("repetition-penalty") : Optional.empty();
    }

    private static UserError refused(String option, String why, String fix) {
        return new UserError("task.drawing", option + " would have no effect", why, fix);
    }
}
