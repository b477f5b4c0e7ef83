package dev.savile.select;

import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.evaluate.metrics.Score;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of an arm in the course of a race. Only the stages of a [Race] change it.
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

    /// What is saved if the arm is chosen; null until the finals.
    @Nullable
    Solution solution;

    ArmRecord(Arm arm) {
        this.arm = arm;
    }

    boolean alive() {
        return status == Status.RACING;
    }

    /// Trials of the newest rung that had any.
    List<RateTrial> lastTrials() {
        if (rateTrials.isEmpty()) return List.of();
        int rows = rateTrials.getLast().rows();
        return rateTrials.stream().filter(trial -> trial.rows() == rows).toList();
    }

    /// Rates of the newest trials, those of least loss first.
    List<Double> bestRates(int count) {
        return lastTrials().stream()
                .sorted(Comparator.comparingDouble(RateTrial::loss))
                .limit(count)
                .map(RateTrial::rate)
                .toList();
    }

    /// Note what a request costs.
    void measureCost(Answers answers) {
        promptTokens = answers.meanPromptTokens();
        secondsPerThousand = 1000 * answers.seconds() / answers.answers().size();
    }

    void leave(Status next, String why) {
        status = next;
        reason = why;
    }
}
