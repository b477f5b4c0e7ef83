package dev.savile.select;

import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.evaluate.statistics.Tango;
import dev.savile.select.ArmRecord.Status;
import dev.savile.technique.Technique;
import dev.savile.train.TrainingResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Race the arms on growing subsets of TRAIN: choose learning rates on rows kept back from the subset, drop arms
/// that are shown to be worse than the leader.
final class Screening {
    private static final int FIRST_ROWS = 32;
    private static final int GROWTH = 3;
    private static final int MAX_RUNGS = 3;
    private static final int FIRST_ITEMS = 150;
    private static final double ALPHA = 0.05;

    private final RaceState state;
    private final Quotes quotes;
    private final ArmRunner runner;
    private int rung;

    Screening(RaceState state, Quotes quotes, ArmRunner runner) {
        this.state = state;
        this.quotes = quotes;
        this.runner = runner;
    }

    /// One rung of the ladder.
    ///
    /// @param rows   of TRAIN
    /// @param items  of SELECT to be scored
    /// @param trials learning rates to be tried
    record RungPlan(int rows, int items, int trials) {}

    void run() {
        for (RungPlan plan : plan()) {
            if (state.stop().requested()) return;
            run(plan);
            rung++;
        }
    }

    /// Sizes of the subsets, all below TRAIN; fewer where the time does not allow more.
    private List<RungPlan> plan() {
        int all = state.order().size();
        int rows = Math.max(FIRST_ROWS, Math.max(4 * state.labels(), (int) Math.ceil(all / 27.0)));
        List<RungPlan> rungs = new ArrayList<>();
        for (; rows < all && rungs.size() < MAX_RUNGS; rows *= GROWTH) {
            int items = Math.min(state.select().size(), FIRST_ITEMS << rungs.size());
            rungs.add(new RungPlan(rows, items, rungs.isEmpty() ? 3 : 2));
        }
        ArmRecord lora = state.byId(Technique.Lora.ID);
        while (rungs.size() > 1 && quotes.rungs(lora.arm, rungs) > quotes.leftForScreening()) {
            state.notes().add("the screening on " + rungs.getLast().rows() + " rows was left out for lack of time");
            rungs.removeLast();
        }
        return rungs;
    }

    private void run(RungPlan plan) {
        state.progress()
                .say("round " + (rung + 1) + ": " + plan.rows() + " rows of TRAIN, scored on " + plan.items()
                        + " of SELECT");
        for (ArmRecord record : state.alive()) {
            if (state.stop().requested()) return;
            switch (record.arm) {
                case Arm.Majority() -> majority(record, plan);
                case Arm.Prompted prompted -> prompted(record, prompted, plan);
                case Arm.Trained trained -> trained(record, trained, plan);
            }
        }
        reject(plan.items());
    }

    private void majority(ArmRecord record, RungPlan plan) {
        String label = RaceState.mostFrequent(state.order().subList(0, plan.rows()));
        boolean[] correct = new boolean[plan.items()];
        for (int i = 0; i < correct.length; i++)
            correct[i] = state.select().get(i).label().equals(label);
        record.correct = correct;
        record.rungs.add(new ArmRecord.Rung(plan.rows(), plan.items(), Marks.share(correct), 0));
    }

    /// Prompts are screened once: more worked examples to choose from change little, and the finals use all of
    /// TRAIN.
    private void prompted(ArmRecord record, Arm.Prompted arm, RungPlan plan) {
        if (rung > 0) return;
        double quote = quotes.scoring(arm, plan.items());
        if (quote > quotes.leftForScreening()) {
            if (!arm.baseline()) record.leave(Status.PAUSED_BUDGET, "screening would take " + Units.seconds(quote));
            return;
        }
        score(record, runner.prompt(arm, state.order().subList(0, plan.rows())), plan);
    }

    private void trained(ArmRecord record, Arm.Trained arm, RungPlan plan) {
        List<Double> rates = affordable(record, arm, plan);
        if (rates.isEmpty()) return;
        var shortage = runner.shortOfMemory(arm);
        if (shortage.isPresent()) {
            record.leave(Status.PAUSED_BUDGET, shortage.get());
            return;
        }
        try (Solution best = bestOf(record, arm, rates, plan)) {
            if (best == null) record.leave(Status.REJECTED, "no learning rate led to a finite loss");
            else if (!state.stop().requested()) score(record, best, plan);
        }
    }

    /// The learning rates that there is time to try; none sends the arm away, or to the finals at its middle rate.
    private List<Double> affordable(ArmRecord record, Arm.Trained arm, RungPlan plan) {
        List<Double> rates = record.rateTrials.isEmpty() ? arm.rates() : record.bestRates(plan.trials());
        double quote = quotes.training(arm, plan.rows(), rates.size()) + quotes.scoring(arm, plan.items());
        double left = quotes.leftForScreening();
        if (quote <= left) return rates;
        // LoRA is what everything else is compared with, so that it stays with less screening, or none.
        boolean needed = arm.technique() instanceof Technique.Lora;
        boolean first = record.rungs.isEmpty();
        if (needed && first && quotes.training(arm, plan.rows(), 1) < left) {
            state.notes().add(arm.id() + ": only the middle learning rate was tried, for lack of time");
            return List.of(arm.middleRate());
        }
        if (needed)
            state.notes()
                    .add(
                            first
                                    ? arm.id()
                                            + " was trained without screening, at its middle learning rate, for lack of time"
                                    : arm.id() + " was not screened on " + plan.rows() + " rows, for lack of time");
        else
            record.leave(
                    Status.PAUSED_BUDGET,
                    "training on " + plan.rows() + " rows would take " + Units.seconds(quote) + ", "
                            + Units.seconds(Math.max(0, left)) + " were left");
        return List.of();
    }

    /// Train at each rate; keep the one of least loss on the rows kept back.
    private @Nullable Solution bestOf(ArmRecord record, Arm.Trained arm, List<Double> rates, RungPlan plan) {
        Split inner = Splitter.inner(
                state.order().subList(0, plan.rows()),
                state.split().groups(),
                state.options().seed());
        Solution best = null;
        double bestLoss = Double.POSITIVE_INFINITY;
        for (double rate : rates) {
            if (state.stop().requested() && best != null) break;
            double loss = Double.POSITIVE_INFINITY;
            try {
                var trained = runner.train(
                        arm,
                        rate,
                        inner.train(),
                        inner.select(),
                        state.options().epochs(),
                        Double.POSITIVE_INFINITY);
                TrainingResult result = trained.result();
                record.allTrainSeconds += result.seconds();
                record.peakBytes = Math.max(record.peakBytes, result.peakBytes());
                if (result.end() == TrainingResult.End.FINISHED)
                    quotes.measuredTraining(arm, result.seconds() / Math.max(1, result.rows()));
                if (result.validation().isPresent())
                    loss = result.validation().get().loss();
                if (best == null || loss < bestLoss) {
                    if (best != null) best.close();
                    best = trained.solution();
                    bestLoss = loss;
                    record.rate = rate;
                } else {
                    trained.solution().close();
                }
            } catch (UserError e) {
                if (!e.code().equals("train.diverged")) throw e;
                state.notes().add(arm.id() + " diverged at the learning rate " + rate);
            }
            record.rateTrials.add(new ArmRecord.RateTrial(plan.rows(), rate, loss));
        }
        return best;
    }

    private void score(ArmRecord record, Solution solution, RungPlan plan) {
        List<LabelledRow> items = state.select().subList(0, plan.items());
        Answers answers = runner.answer(record.arm.id(), solution, items, true);
        if (answers.answers().size() < items.size()) return;
        record.measureCost(answers);
        quotes.measuredAnswer(record.arm, answers.seconds() / items.size());
        record.correct = Marks.correct(answers.answers(), items);
        record.rungs.add(new ArmRecord.Rung(plan.rows(), plan.items(), Marks.share(record.correct), answers.seconds()));
        state.saySelectAccuracy(record);
    }

    /// Drop arms that are shown to be worse than the leader by more than the tolerance; a family keeps its best
    /// arm in the first two rungs, since curves cross.
    private void reject(int items) {
        List<ArmRecord> scored =
                state.alive().stream().filter(r -> r.correct.length == items).toList();
        if (scored.size() < 2) return;
        ArmRecord leader = scored.stream()
                .max(Comparator.comparingDouble(r -> Marks.share(r.correct)))
                .orElseThrow();
        double level = 1 - 2 * ALPHA / (state.arms().size() * (MAX_RUNGS + 1));
        for (ArmRecord record : scored) {
            if (record == leader || record.arm.baseline()) continue;
            boolean bestOfFamily = scored.stream()
                    .filter(other -> other.arm.family().equals(record.arm.family()))
                    .allMatch(other -> Marks.share(other.correct) <= Marks.share(record.correct));
            if (bestOfFamily && rung < 2) continue;
            int onlyRecord = 0;
            int onlyLeader = 0;
            for (int i = 0; i < items; i++) {
                if (record.correct[i] && !leader.correct[i]) onlyRecord++;
                if (leader.correct[i] && !record.correct[i]) onlyLeader++;
            }
            double upper = Tango.interval(onlyRecord, onlyLeader, items, level).high();
            if (upper < -state.options().tolerance())
                record.leave(
                        Status.REJECTED,
                        String.format(
                                Locale.ROOT,
                                "shown to be worse than %s by more than the tolerance after %d rows (%.1f against %.1f %%)",
                                leader.arm.id(),
                                record.rungs.getLast().rows(),
                                100 * Marks.share(record.correct),
                                100 * Marks.share(leader.correct)));
        }
    }
}
