package dev.savile.select.optimize;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.OptionalDouble;

/// One kind of change that was tried on a prompt, and what it brought on the inner dev rows.
///
/// @param what           examples, system text, instruction, label words, calibration
/// @param tried          candidates
/// @param proposed       those of them in the model's own words
/// @param best           the best of them in words
/// @param before         mean log-probability of the right answer under the prompt so far
/// @param after          under the best candidate
/// @param accuracyBefore share of right answers so far; empty where answers are written, which are not read
/// @param accuracyAfter  of the best candidate
/// @param p              one-sided p value of "the candidate is better", adjusted for the number of finalists
/// @param accepted       whether the prompt was changed
/// @param reason         why, or why not
public record PromptStep(
        String what,
        int tried,
        int proposed,
        String best,
        double before,
        double after,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) OptionalDouble accuracyBefore,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) OptionalDouble accuracyAfter,
        double p,
        boolean accepted,
        String reason) {}
