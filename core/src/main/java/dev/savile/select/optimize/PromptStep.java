package dev.savile.select.optimize;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.savile.evaluate.statistics.Interval;
import java.util.OptionalDouble;

/// One kind of change that was tried on a prompt, and what it brought on the inner dev rows.
///
/// @param what           examples, system text, instruction, label words, calibration
/// @param tried          candidates
/// @param proposed       those of them in the model's own words
/// @param best           the best of them in words
/// @param before         mean log-probability of the right answer under the prompt so far
/// @param after          under the best candidate
/// @param rows           that both were compared on
/// @param gain           95 % interval of `after - before`, from paired draws of the rows; unbounded for few rows
/// @param accuracyBefore share of right answers so far; of written ones the task's first metric on a few rows, measured
///     only where the gain is beyond chance; empty where it was not
/// @param accuracyAfter  of the best candidate
/// @param p              one-sided p value of "the candidate is better", adjusted for the number of candidates
/// @param accepted       whether the prompt was changed
/// @param reason         why, or why not
public record PromptStep(
        String what,
        int tried,
        int proposed,
        String best,
        double before,
        double after,
        int rows,

        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Interval.Unbounded.class)
        Interval gain,

        @JsonInclude(JsonInclude.Include.NON_ABSENT) OptionalDouble accuracyBefore,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) OptionalDouble accuracyAfter,
        double p,
        boolean accepted,
        String reason) {}
