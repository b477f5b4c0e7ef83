package dev.savile.select;

import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.metrics.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What became of an arm in the course of a race. Only [Race] changes it.
final class ArmRecord {
    /// Where an arm stands. A pause for lack of time is not a judgement.
    enum Status {
        RACING,
        REJECTED,
        PAUSED_BUDGET,
        FINAL
    }

    /// A training or evaluation on a subset of TRAIN.
    ///
    /// @param rows     of TRAIN
    /// @param items    of SELECT that were scored
    /// @param accuracy on them
    record Rung(int rows, int items, double accuracy, double seconds) {}

    /// @param loss on the inner dev rows, per token
    record RateTrial(int rows, double rate, double loss) {}

    final Arm arm;
    Status status = Status.RACING;
    String reason = "";
    final List<Rung> rungs = new ArrayList<>();
    final List<RateTrial> rateTrials = new ArrayList<>();
    double rate;
    /// Correct answers on the first items of SELECT, by the newest rung.
    boolean[] correct = {};
    List<Answer> selectAnswers = List.of();
    List<Answer> testAnswers = List.of();
    List<Score> selectScores = List.of();
    List<Score> testScores = List.of();
    double promptTokens;
    double secondsPerThousand;
    double trainSeconds;
    double allTrainSeconds;
    double quotedSeconds;
    long artifactBytes;
    long peakBytes;

    @Nullable
    Finished finished;

    ArmRecord(Arm arm) {
        this.arm = arm;
    }

    /// The result of the last training, or the prompt, to be saved if the arm is chosen.
    record Finished(
            dev.savile.technique.prompt.PromptBundle bundle, dev.savile.technique.@Nullable TrainedTuning tuning) {}

    boolean alive() {
        return status == Status.RACING;
    }

    /// Rates by their loss in the trials on so many rows, best first.
    List<Double> ratesByLoss(int rows) {
        Map<Double, Double> byLoss = new TreeMap<>();
        for (RateTrial trial : rateTrials) if (trial.rows() == rows) byLoss.put(trial.loss(), trial.rate());
        return List.copyOf(byLoss.values());
    }

    void leave(Status next, String why) {
        status = next;
        reason = why;
    }
}
