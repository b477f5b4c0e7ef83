package dev.savile.train;

import dev.savile.objective.Fit;
import java.util.Optional;

/// Say how a run ended.
///
/// @param end           why it ended
/// @param steps         updates made, those before a resume included
/// @param loss          mean training loss per token of the last step
/// @param validation    how well the rows to validate on were predicted when their loss was smallest
/// @param bestStep      step whose values were kept
/// @param rows          rows learned from in this process
/// @param tokens        tokens computed in this process
/// @param seconds       time spent training in this process
/// @param peakBytes     largest memory of the process, or of the GPU
public record TrainingResult(
        End end,
        long steps,
        double loss,
        Optional<Fit> validation,
        long bestStep,
        long rows,
        long tokens,
        double seconds,
        long peakBytes) {
    public enum End {
        /// All steps were made.
        FINISHED,
        /// Validation stopped improving.
        EARLY,
        /// The time given was used up.
        TIME,
        /// The user asked to stop; a checkpoint lets the run go on.
        STOPPED
    }

    public double rowsPerSecond() {
        return seconds > 0 ? rows / seconds : 0;
    }

    public double tokensPerSecond() {
        return seconds > 0 ? tokens / seconds : 0;
    }
}
