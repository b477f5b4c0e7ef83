package dev.savile.select;

import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.select.ArmRecord.Status;
import dev.savile.technique.Technique;
import dev.savile.train.TrainingResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Train the arms that are left on all of TRAIN, and score them on all of SELECT.
final class Finals {
    private static final int MAX_FINALISTS = 4;
    /// Nats a token within which two learning rates count as equally good.
    private static final double RATE_MARGIN = 0.05;
    /// The least part of TRAIN that a final training goes over.
    private static final double MIN_EPOCHS = 0.05;

    private final RaceState state;
    private final Quotes quotes;
    private final ArmRunner runner;

    Finals(RaceState state, Quotes quotes, ArmRunner runner) {
        this.state = state;
        this.quotes = quotes;
        this.runner = runner;
    }

    void run() {
        state.progress()
                .say("finals: all " + state.order().size() + " rows of TRAIN, scored on all "
                        + state.select().size() + " of SELECT");
        int others = 0;
        for (ArmRecord record : inOrder()) {
            if (!record.arm.baseline() && ++others > MAX_FINALISTS) {
                record.leave(Status.PAUSED_BUDGET, "only the best " + MAX_FINALISTS + " arms reach the finals");
                continue;
            }
            switch (record.arm) {
                case Arm.Majority() -> majority(record);
                case Arm.Prompted prompted -> prompted(record, prompted);
                case Arm.Trained arm -> trained(record, arm);
            }
        }
    }

    /// Baselines, then what is trained, then prompts; the best of each first.
    private List<ArmRecord> inOrder() {
        var byKind =
                Comparator.comparingInt((ArmRecord r) -> r.arm.baseline() ? 0 : r.arm instanceof Arm.Trained ? 1 : 2);
        var byScore =
                Comparator.comparingDouble((ArmRecord r) -> r.correct.length == 0 ? -0.5 : -Marks.share(r.correct));
        List<ArmRecord> arms = new ArrayList<>(state.alive());
        List<String> listed = state.arms().stream().map(r -> r.arm.id()).toList();
        arms.sort(byKind.thenComparing((a, b) -> a.arm.baseline() ? 0 : byScore.compare(a, b))
                .thenComparingInt(r -> listed.indexOf(r.arm.id())));
        return arms;
    }

    private void majority(ArmRecord record) {
        String label = RaceState.mostFrequent(state.split().train());
        record.selectAnswers =
                state.select().stream().map(row -> constant(label)).toList();
        finish(record, null);
    }

    static Answer constant(String label) {
        return new Answer(label, List.of(label), 1, 0, 0, 0);
    }

    private void prompted(ArmRecord record, Arm.Prompted arm) {
        double quote = quotes.scoring(arm, state.select().size());
        boolean needed = arm.demos() == 0; // an answer must be there, whatever the time
        if (!needed
                && (state.stop().requested()
                        || quote + quotes.test() > state.budget().left())) {
            pause(
                    record,
                    "scoring would take " + Units.seconds(quote),
                    state.budget().left());
            return;
        }
        Solution solution = runner.prompt(arm, state.split().train());
        score(record, solution, !needed);
    }

    private void trained(ArmRecord record, Arm.Trained arm) {
        double training = quotes.training(arm, state.order().size(), 1);
        double scoring = quotes.scoring(arm, state.select().size());
        double left = state.budget().left() - quotes.test() - quotes.promptFinals();
        record.quotedSeconds = training;
        // LoRA is trained for as long as there is time: a part of it says more than nothing.
        boolean partly = arm.technique() instanceof Technique.Lora && left > scoring;
        if (state.stop().requested() || (training + scoring > left && !partly)) {
            pause(record, "training on all rows would take " + Units.seconds(training), left);
            return;
        }
        var shortage = runner.shortOfMemory(arm);
        if (shortage.isPresent()) {
            record.leave(Status.PAUSED_BUDGET, shortage.get());
            return;
        }
        record.rate = rate(record, arm);
        double epochs = state.options().epochs();
        if (training + scoring > left) {
            // Fewer passes with a schedule that ends teach more than a long one that is cut off.
            epochs = Math.max(MIN_EPOCHS, epochs * (left - scoring) / training);
            state.notes()
                    .add(String.format(
                            Locale.ROOT,
                            "%s was trained for %.2g passes over TRAIN instead of %.2g, for lack of time",
                            arm.id(),
                            epochs,
                            state.options().epochs()));
        }
        Solution solution = train(record, arm, epochs, Math.max(1, left - scoring));
        if (solution != null) score(record, solution, true);
    }

    private @Nullable Solution train(ArmRecord record, Arm.Trained arm, double epochs, double maxSeconds) {
        try {
            var trained = runner.train(arm, record.rate, state.split().train(), List.of(), epochs, maxSeconds);
            TrainingResult result = trained.result();
            record.trainSeconds = result.seconds();
            record.allTrainSeconds += result.seconds();
            record.peakBytes = Math.max(record.peakBytes, result.peakBytes());
            var tuning = trained.solution().tuning();
            record.artifactBytes = tuning == null ? 0 : tuning.trainedValues() * 4;
            if (result.end() == TrainingResult.End.TIME)
                state.notes()
                        .add(arm.id() + " was stopped by the budget after " + result.steps()
                                + " steps of its final training");
            return trained.solution();
        } catch (UserError e) {
            if (!e.code().equals("train.diverged")) throw e;
            record.leave(Status.REJECTED, "diverged on all rows at the learning rate " + record.rate);
            return null;
        }
    }

    /// Choose the rate for all of TRAIN: the smallest whose loss was within a small margin of the best in the last
    /// screening. Many more steps follow than were screened, and a rate at the upper edge that won a short run can
    /// ruin a long one: it is taken down by the root of ten.
    private static double rate(ArmRecord record, Arm.Trained arm) {
        List<ArmRecord.RateTrial> trials = record.lastTrials();
        double best =
                trials.stream().mapToDouble(ArmRecord.RateTrial::loss).min().orElse(Double.POSITIVE_INFINITY);
        double rate = trials.stream()
                .filter(trial -> trial.loss() <= best + RATE_MARGIN)
                .mapToDouble(ArmRecord.RateTrial::rate)
                .min()
                .orElse(arm.middleRate());
        return rate == arm.rates().getLast() ? rate / Math.sqrt(10) : rate;
    }

    private void score(ArmRecord record, Solution solution, boolean stoppable) {
        Answers answers = runner.answer(record.arm.id(), solution, state.select(), stoppable);
        if (answers.answers().size() < state.select().size()) {
            solution.close();
            record.leave(Status.PAUSED_BUDGET, "stopped before all items were scored");
            return;
        }
        record.measureCost(answers);
        record.selectAnswers = answers.answers();
        finish(record, solution);
    }

    private static void pause(ArmRecord record, String what, double left) {
        record.leave(Status.PAUSED_BUDGET, what + ", " + Units.seconds(Math.max(0, left)) + " were left");
    }

    private void finish(ArmRecord record, @Nullable Solution solution) {
        record.status = Status.FINAL;
        record.solution = solution;
        record.correct = Marks.correct(record.selectAnswers, state.select());
        record.selectScores = Marks.scores(
                record.selectAnswers,
                state.select(),
                "select",
                Rng.of(state.options().seed(), "scores", record.arm.id(), "select"));
        state.saySelectAccuracy(record);
    }
}
