package dev.savile.select;

import dev.savile.data.LabelledRow;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.train.TrainingResult;
import java.util.List;
import java.util.Optional;

/// Do the work of a race: train, prompt, score. The race itself only decides what is done next, and never sees a
/// model.
interface ArmRunner {
    /// A trained solution and what it took.
    ///
    /// @param rowSeconds seconds a row in the last step, when all is warm
    record Trained(Solution solution, TrainingResult result, double rowSeconds) {}

    /// Number of values in the base.
    long parameters();

    /// Make the prompt of an arm.
    ///
    /// @param pool rows that worked examples may be taken from
    Solution prompt(Arm.Prompted arm, List<LabelledRow> pool);

    /// Train an arm.
    ///
    /// @param dev        rows to measure the loss on and to stop early by; may be empty
    /// @param epochs     passes over the rows
    /// @param maxSeconds after which the training ends with what it has
    /// @throws dev.savile.common.UserError `train.diverged` when the loss is not finite
    Trained train(
            Arm.Trained arm,
            double rate,
            List<LabelledRow> rows,
            List<LabelledRow> dev,
            double epochs,
            double maxSeconds);

    /// Answer rows. Fewer answers than rows come back when the user asked to stop.
    ///
    /// @param name      shown with the progress
    /// @param stoppable whether the user's wish to stop ends it early
    Answers answer(String name, Solution solution, List<LabelledRow> rows, boolean stoppable);

    /// Say why there is too little memory to train an arm; nothing when there is enough.
    Optional<String> shortOfMemory(Arm.Trained arm);
}
