package dev.savile.train;

import dev.savile.objective.Fit;

/// Where a run stands, beside its tensors. Everything that later steps depend on is here or follows from the
/// options.
///
/// @param step                 updates made
/// @param loss                 mean loss per token of the last step
/// @param startLoss            mean of the first steps' losses
/// @param best                 fit to the validation rows with the smallest loss so far; [Fit#NONE] before the first
/// @param bestStep             step that had it
/// @param validationsSinceBest validations since then
public record TrainingState(
        long step, double loss, double startLoss, Fit best, long bestStep, int validationsSinceBest) {
    static TrainingState start() {
        return new TrainingState(0, 0, 0, Fit.NONE, 0, 0);
    }

    TrainingState after(StepEvent event) {
        double started = event.step() <= Divergence.FIRST_STEPS
                ? startLoss + (event.loss() - startLoss) / event.step()
                : startLoss;
        return new TrainingState(event.step(), event.loss(), started, best, bestStep, validationsSinceBest);
    }

    TrainingState validated(Fit fit, boolean better) {
        return better
                ? new TrainingState(step, loss, startLoss, fit, step, 0)
                : new TrainingState(step, loss, startLoss, best, bestStep, validationsSinceBest + 1);
    }
}
