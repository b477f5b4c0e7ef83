package dev.savile.train;

import dev.savile.common.UserError;
import dev.savile.technique.Technique;

/// Everything that decides how a run trains. Its resolved form is stored with the customization.
///
/// @param learningRate   largest learning rate of the run
/// @param schedule       shape of the learning rate over the steps
/// @param epochs         passes over the rows
/// @param rowsPerStep    rows that one update learns from
/// @param forestTokens   tokens computed in one pass; a step of more is split, which changes no gradient
/// @param weightDecay    share of a weight that a step takes away, times the learning rate
/// @param decayVectors   whether norms, biases and other one-dimensional tensors decay too
/// @param clipNorm       largest norm of all gradients together; larger ones are scaled down; 0 for no limit
/// @param beta1          decay of the average gradient
/// @param beta2          decay of the average squared gradient
/// @param epsilon        added to the root of the average squared gradient
/// @param patience       validations without improvement after which the run stops and the best is kept; 0 for
///                       never
/// @param validateSteps  steps between validations, beside that after each epoch; 0 for none
/// @param seed           of the order of rows, of starting values and of dropout
/// @param maxSeconds     the run stops after this time, with what it has learned; 0 for no limit
/// @param checkpointSeconds time between checkpoints; 0 for one after every step
/// @param saving         what is done to need less memory
public record TrainingOptions(
        double learningRate,
        Schedule schedule,
        double epochs,
        int rowsPerStep,
        int forestTokens,
        double weightDecay,
        boolean decayVectors,
        double clipNorm,
        double beta1,
        double beta2,
        double epsilon,
        int patience,
        int validateSteps,
        long seed,
        double maxSeconds,
        double checkpointSeconds,
        MemorySaving saving) {
    public TrainingOptions {
        require(learningRate > 0, "learning-rate", "must be positive", learningRate, "0.001");
        require(epochs > 0, "epochs", "must be positive", epochs, "3");
        require(rowsPerStep >= 1, "rows-per-step", "must be at least 1", rowsPerStep, "16");
        require(forestTokens >= 1, "forest-tokens", "must be at least 1", forestTokens, "512");
        require(weightDecay >= 0, "weight-decay", "must not be negative", weightDecay, "0");
        require(clipNorm >= 0, "clip-norm", "must not be negative", clipNorm, "1");
        require(beta1 >= 0 && beta1 < 1, "beta1", "must be from 0 to below 1", beta1, "0.9");
        require(beta2 >= 0 && beta2 < 1, "beta2", "must be from 0 to below 1", beta2, "0.999");
        require(epsilon > 0, "epsilon", "must be positive", epsilon, "1.0e-8");
        require(patience >= 0, "patience", "must not be negative", patience, "2");
        require(validateSteps >= 0, "validate-steps", "must not be negative", validateSteps, "0");
        require(maxSeconds >= 0, "max-seconds", "must not be negative", maxSeconds, "600");
        require(checkpointSeconds >= 0, "checkpoint-seconds", "must not be negative", checkpointSeconds, "60");
        if (saving.updateInBackward() && clipNorm > 0)
            throw new UserError(
                    "train.clip-norm",
                    "the gradients cannot be clipped to a norm of " + clipNorm + " when layers are updated one by one",
                    "the norm of all gradients is known only when the first layers are updated already",
                    "use clip-norm=0 with update-in-backward=true");
    }

    /// Return the usual settings of a technique: where all weights are trained their matrices decay.
    ///
    /// @param baseValues size of the base in values
    public static TrainingOptions of(Technique technique, long baseValues) {
        double weightDecay = technique instanceof Technique.Full ? 0.1 : 0;
        return of(LearningRates.of(technique, baseValues).usual(), weightDecay);
    }

    /// Return the usual settings of most techniques with a learning rate.
    public static TrainingOptions of(double learningRate) {
        return of(learningRate, 0);
    }

    private static TrainingOptions of(double learningRate, double weightDecay) {
        return new TrainingOptions(
                learningRate,
                new Schedule(Schedule.Shape.COSINE, 0.03),
                3,
                16,
                1024,
                weightDecay,
                false,
                1,
                0.9,
                0.999,
                1e-8,
                0,
                0,
                42,
                0,
                60,
                MemorySaving.NONE);
    }

    public TrainingOptions withLearningRate(double value) {
        return with(value, epochs, clipNorm, seed, checkpointSeconds, saving);
    }

    public TrainingOptions withEpochs(double value) {
        return with(learningRate, value, clipNorm, seed, checkpointSeconds, saving);
    }

    public TrainingOptions withMaxSeconds(double value) {
        return withEnd(value, patience, validateSteps);
    }

    /// Return the same with other reasons to end early.
    public TrainingOptions withEnd(double newMaxSeconds, int newPatience, int newValidateSteps) {
        return new TrainingOptions(
                learningRate,
                schedule,
                epochs,
                rowsPerStep,
                forestTokens,
                weightDecay,
                decayVectors,
                clipNorm,
                beta1,
                beta2,
                epsilon,
                newPatience,
                newValidateSteps,
                seed,
                newMaxSeconds,
                checkpointSeconds,
                saving);
    }

    public TrainingOptions withSeed(long value) {
        return with(learningRate, epochs, clipNorm, value, checkpointSeconds, saving);
    }

    public TrainingOptions withCheckpointSeconds(double value) {
        return with(learningRate, epochs, clipNorm, seed, value, saving);
    }

    public TrainingOptions withSaving(MemorySaving value) {
        return with(learningRate, epochs, clipNorm, seed, checkpointSeconds, value);
    }

    public TrainingOptions withoutClipping() {
        return with(learningRate, epochs, 0, seed, checkpointSeconds, saving);
    }

    private TrainingOptions with(
            double newRate,
            double newEpochs,
            double newClipNorm,
            long newSeed,
            double newCheckpointSeconds,
            MemorySaving newSaving) {
        return new TrainingOptions(
                newRate,
                schedule,
                newEpochs,
                rowsPerStep,
                forestTokens,
                weightDecay,
                decayVectors,
                newClipNorm,
                beta1,
                beta2,
                epsilon,
                patience,
                validateSteps,
                newSeed,
                maxSeconds,
                newCheckpointSeconds,
                newSaving);
    }

    /// Number of updates that a run over so many rows makes.
    public long steps(int rows) {
        long perEpoch = ((long) rows + rowsPerStep - 1) / rowsPerStep;
        return Math.max(1, Math.round(Math.ceil(epochs * perEpoch)));
    }

    private static void require(boolean holds, String key, String rule, double value, String usual) {
        if (!holds)
            throw new UserError(
                    "train." + key,
                    key + " " + rule + ", got " + value,
                    "training would not work with it",
                    "use " + usual);
    }
}
