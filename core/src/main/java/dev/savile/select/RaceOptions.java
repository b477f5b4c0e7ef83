package dev.savile.select;

import dev.savile.common.UserError;
import dev.savile.technique.prompt.PromptRenderer;

/// What decides how a race runs.
///
/// @param budgetSeconds from the first row read to the report
/// @param tolerance     share of accuracy within which a cheaper arm is accepted
/// @param seed          of splits, subsets, starting values and examples
/// @param epochs        passes over the rows in each training
/// @param demos         worked examples in few-shot prompts
/// @param overLength    what to do with texts longer than the context
public record RaceOptions(
        double budgetSeconds,
        double tolerance,
        long seed,
        double epochs,
        int demos,
        PromptRenderer.OverLength overLength) {
    /// Less time than this suffices for nothing.
    public static final double MIN_SECONDS = 30;

    public RaceOptions {
        if (!(budgetSeconds >= MIN_SECONDS))
            throw new UserError(
                    "select.budget",
                    "a budget of " + budgetSeconds + " s is too small",
                    "loading the model and scoring a prompt take that long",
                    "give at least " + (int) MIN_SECONDS + " s; 8m is usual for a few hundred rows");
        if (!(tolerance > 0 && tolerance < 1))
            throw new UserError(
                    "select.tolerance",
                    "the tolerance must be above 0 and below 1, got " + tolerance,
                    "a cheaper technique is accepted when it is shown to be within it",
                    "use 0.01 for one point");
    }
}
