package dev.savile.train;

/// Report one update.
///
/// @param step          1 for the first
/// @param totalSteps    updates that the run will make
/// @param epoch         passes over the rows so far
/// @param loss          mean loss per target token of this step
/// @param learningRate  used in this step
/// @param gradientNorm  before clipping
/// @param targets       tokens learned from
/// @param tokens        tokens computed
/// @param seconds       time that the step took
/// @param residentBytes memory of the process, or of the GPU, after the step
/// @param secondsLeft   until the run's last step, by the mean of the steps that this process made
public record StepEvent(
        long step,
        long totalSteps,
        double epoch,
        double loss,
        double learningRate,
        double gradientNorm,
        long targets,
        long tokens,
        double seconds,
        long residentBytes,
        double secondsLeft) {
    public double tokensPerSecond() {
        return tokens / Math.max(1e-9, seconds);
    }
}
