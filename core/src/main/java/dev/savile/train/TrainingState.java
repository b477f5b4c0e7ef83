package dev.savile.train;

/// Where a run stands, beside its tensors. Everything that later steps depend on is here or follows from the
/// options.
///
/// @param step                 updates made
/// @param loss                 mean loss per token of the last step
/// @param startLoss            mean of the first steps' losses
/// @param bestLoss             smallest validation loss so far
/// @param bestStep             step that had it
/// @param validationsSinceBest validations since then
public record TrainingState(
        long step, double loss, double startLoss, double bestLoss, long bestStep, int validationsSinceBest) {
    static TrainingState start() {
        return new TrainingState(0, 0, 0, 0, 0, 0);
    }

    TrainingState after(StepEvent event) {
        double started = event.step() <= Divergence.FIRST_STEPS
                ? startLoss + (event.loss() - startLoss) / event.step()
                : startLoss;
        return new TrainingState(event.step(), event.loss(), started, bestLoss, bestStep, validationsSinceBest);
    }

    TrainingState validated(double validationLoss, boolean better) {
        return better
                ? new TrainingState(step, loss, startLoss, validationLoss, step, 0)
                : new TrainingState(step, loss, startLoss, bestLoss, bestStep, validationsSinceBest + 1);
    }
}
