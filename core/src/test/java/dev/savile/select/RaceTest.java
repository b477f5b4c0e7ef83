package dev.savile.select;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.data.Duplicates;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.objective.Fit;
import dev.savile.technique.Technique;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.train.TrainingResult;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Races of scripted arms under a simulated clock: no model is involved.
class RaceTest {
    private static final List<String> LABELS = List.of("a", "b", "c", "d");
    private static final int ROWS = 600;

    @TempDir
    Path folder;

    private final Split split = Splitter.of(Duplicates.of(rows()), 7);
    private final StopSignal stop = new StopSignal();

    @Test
    void theBestArmWinsAndOnlyItAndTheBaselinesMeetTheTest() {
        var runner = new Script();
        Race.Result result = race(runner, 3600);
        assertThat(result.chosen().arm.id()).isEqualTo(Technique.Lora.ID);
        for (ArmRecord record : result.arms()) {
            boolean tested = record.arm.baseline() || record == result.chosen();
            assertThat(record.testAnswers.isEmpty()).as(record.arm.id()).isNotEqualTo(tested);
        }
    }

    @Test
    void noTestRowIsSeenBeforeTheDecision() {
        var runner = new Script();
        Race.Result result = race(runner, 3600);
        var test = new TreeSet<Integer>();
        for (LabelledRow row : split.test().seal(folder, Clock.systemUTC()).open(result.decisionDigest()))
            test.add(row.id());
        assertThat(test).isNotEmpty();
        assertThat(runner.trainedOn).doesNotContainAnyElementsOf(test);
        assertThat(runner.shown).doesNotContainAnyElementsOf(test);
        assertThat(runner.answeredStoppably).doesNotContainAnyElementsOf(test); // the test alone cannot be stopped
    }

    @Test
    void anArmThatIsGoodAtOneOfItsRatesIsFoundAtThatRate() {
        var runner = new Script();
        runner.goodRate = 1e-3;
        Race.Result result = race(runner, 3600);
        ArmRecord lora = arm(result, Technique.Lora.ID);
        assertThat(lora.rate).isEqualTo(1e-3);
        assertThat(lora.rateTrials.stream().map(ArmRecord.RateTrial::rate).distinct())
                .hasSize(3);
        assertThat(result.chosen()).isEqualTo(lora);
    }

    @Test
    void aRateThatDivergesIsNotedAndTheRaceGoesOn() {
        var runner = new Script();
        runner.divergesFrom = 5e-3;
        Race.Result result = race(runner, 3600);
        assertThat(result.notes()).anyMatch(note -> note.contains("diverged"));
        assertThat(arm(result, Technique.Lora.ID).status).isEqualTo(ArmRecord.Status.FINAL);
        assertThat(arm(result, Technique.Lora.ID).rate).isLessThan(5e-3);
    }

    @Test
    void whateverTheBudgetThereIsAnAnswerAndNearlyNoMoreTimeIsSpent() {
        for (double seconds : new double[] {30, 60, 120, 240, 480, 960, 1920}) {
            var runner = new Script();
            Race.Result result = race(runner, seconds);
            assertThat(result.chosen().status).isEqualTo(ArmRecord.Status.FINAL);
            assertThat(result.chosen().selectAnswers).hasSameSizeAs(split.select());
            // A first look of known length cannot be cut short, and the last of the test is scored to its end.
            assertThat(runner.spent()).as("spent of " + seconds).isLessThan(Math.max(seconds * 1.1, 60));
            for (ArmRecord record : result.arms())
                if (record.status == ArmRecord.Status.PAUSED_BUDGET)
                    assertThat(record.reason).isNotBlank();
        }
    }

    @Test
    void shortOfTimeTheFinalTrainingMakesFewerPassesAndEndsItsSchedule() {
        for (double seconds : new double[] {60, 90, 120, 180}) {
            var runner = new Script();
            Race.Result result = race(runner, seconds);
            assertThat(runner.cutOff).as("cut off with " + seconds).isZero();
            assertThat(runner.lastEpochs).as("passes with " + seconds).isBetween(0.05, 3.0);
            if (runner.lastEpochs < 3)
                assertThat(result.notes()).anyMatch(note -> note.contains("passes over TRAIN instead of 3"));
            assertThat(seconds - runner.spent()).as("left of " + seconds).isLessThan(0.25 * seconds);
        }
    }

    /// A computer that slows down in the middle makes later rounds too dear, never the final training of LoRA.
    @Test
    void loraReachesTheFinalsHoweverLittleItWasScreened() {
        for (int slowAfter = 1; slowAfter < 6; slowAfter++) {
            var runner = new Script();
            runner.slowAfterTrainings = slowAfter;
            Race.Result result = race(runner, 600);
            assertThat(arm(result, Technique.Lora.ID).status)
                    .as("slower after %d trainings", slowAfter)
                    .isEqualTo(ArmRecord.Status.FINAL);
        }
    }

    @Test
    void moreTimeTrainsWhatLessTimeLeftOut() {
        Race.Result poor = race(new Script(), 60);
        Race.Result rich = race(new Script(), 3600);
        assertThat(arm(poor, Technique.Full.ID).status).isEqualTo(ArmRecord.Status.PAUSED_BUDGET);
        assertThat(arm(rich, Technique.Full.ID).rungs).isNotEmpty();
    }

    @Test
    void aWishToStopEndsItWithWhatThereIs() {
        var runner = new Script();
        runner.stopAfterTrainings = 2;
        Race.Result result = race(runner, 3600);
        assertThat(result.stopped()).isTrue();
        assertThat(result.chosen().selectAnswers).hasSameSizeAs(split.select());
        assertThat(runner.trainings).isEqualTo(2);
    }

    @Test
    void equalArmsGoToTheCheapest() {
        var runner = new Script();
        runner.lora = 0.30;
        runner.full = 0.30;
        Race.Result result = race(runner, 3600);
        assertThat(result.chosen().arm.baseline()).isTrue(); // nothing beats what costs nothing
    }

    @Test
    void anArmWithoutMemoryIsLeftOutWithTheNumbers() {
        var runner = new Script();
        runner.shortage = "training needs about 9 GB of memory, 2 GB are free";
        Race.Result result = race(runner, 3600);
        assertThat(arm(result, Technique.Full.ID).reason).contains("9 GB");
        assertThat(result.chosen().arm.baseline()).isTrue();
    }

    @Test
    void theSameSeedGivesTheSameRace() {
        Race.Result first = race(new Script(), 3600);
        Race.Result second = race(new Script(), 3600);
        assertThat(second.decisionDigest()).isEqualTo(first.decisionDigest());
    }

    private Race.Result race(Script runner, double seconds) {
        var options = new RaceOptions(seconds, 0.01, 7, 3, 8, PromptRenderer.OverLength.REFUSE);
        var test = split.test().seal(folder.resolve("study-" + runner.hashCode()), Clock.systemUTC());
        var budget = new Budget(seconds, () -> runner.nanos);
        return new Race(runner, split, test, LABELS.size(), options, budget, Progress.none(), stop).run();
    }

    private static ArmRecord arm(Race.Result result, String id) {
        return result.arms().stream()
                .filter(record -> record.arm.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static List<LabelledRow> rows() {
        List<LabelledRow> rows = new ArrayList<>();
        var rng = Rng.of(3, "rows");
        for (int i = 0; i < ROWS; i++) {
            var text = new StringBuilder();
            for (int w = 0; w < 8; w++)
                text.append(Integer.toString(100_000 + rng.nextInt(900_000), 36))
                        .append(' ');
            rows.add(new LabelledRow(i, text.toString().strip(), LABELS.get(i % LABELS.size()), i + 2));
        }
        return rows;
    }

    /// Arms that answer right with fixed odds and take fixed time.
    private final class Script implements ArmRunner {
        private static final double SECONDS_A_TRAINED_ROW = 0.1;
        private static final double SECONDS_AN_ANSWER = 0.02;

        double prompts = 0.30;
        double lora = 0.90;
        double full = 0.85;
        double goodRate;
        double divergesFrom = Double.POSITIVE_INFINITY;
        int stopAfterTrainings = Integer.MAX_VALUE;
        int slowAfterTrainings = Integer.MAX_VALUE;
        String shortage = "";

        long nanos;
        int trainings;
        int cutOff;
        double lastEpochs;
        final Map<PromptBundle, Double> skills =
                new TreeMap<>((a, b) -> a.digest().compareTo(b.digest()));
        final TreeSet<Integer> trainedOn = new TreeSet<>();
        final TreeSet<Integer> shown = new TreeSet<>();
        final TreeSet<Integer> answeredStoppably = new TreeSet<>();

        double spent() {
            return nanos / 1e9;
        }

        @Override
        public long parameters() {
            return 135_000_000;
        }

        @Override
        public Solution prompt(Arm.Prompted arm, List<LabelledRow> pool) {
            pool.forEach(row -> shown.add(row.id()));
            return solution(arm.id() + pool.size(), prompts);
        }

        private Solution solution(String name, double skill) {
            PromptBundle bundle = PromptBundle.classification(List.of(name, "z"), true);
            skills.put(bundle, skill);
            return Solution.prompt(bundle);
        }

        @Override
        public Trained train(
                Arm.Trained arm,
                double rate,
                List<LabelledRow> rows,
                List<LabelledRow> dev,
                double epochs,
                double maxSeconds) {
            trainings++;
            rows.forEach(row -> trainedOn.add(row.id()));
            dev.forEach(row -> trainedOn.add(row.id()));
            if (rate >= divergesFrom) throw new UserError("train.diverged", "loss", "why", "fix");
            boolean isFull = arm.technique() instanceof Technique.Full;
            double wanted = rows.size() * epochs * SECONDS_A_TRAINED_ROW * (isFull ? 3 : 1);
            if (trainings > slowAfterTrainings) wanted *= 4;
            double seconds = Math.min(wanted, maxSeconds);
            nanos += (long) (seconds * 1e9);
            double best = isFull ? full : lora;
            boolean off = goodRate > 0 && !isFull && rate != goodRate;
            double skill = off ? 0.35 : best * Math.min(1, seconds / wanted + 0.3);
            if (seconds < wanted) cutOff++;
            lastEpochs = epochs;
            if (trainings >= stopAfterTrainings) stop.request();
            var end = seconds < wanted ? TrainingResult.End.TIME : TrainingResult.End.FINISHED;
            long seen = Math.round(rows.size() * epochs * seconds / wanted);
            var result = new TrainingResult(
                    end,
                    seen / 16 + 1,
                    1 - skill,
                    dev.isEmpty() ? Optional.empty() : Optional.of(new Fit(1 - skill, 1, 0, 1, 0)),
                    1,
                    seen,
                    seen,
                    seconds,
                    0);
            return new Trained(solution(arm.id() + rate + rows.size(), skill), result, seconds / Math.max(1, seen));
        }

        @Override
        public Answers answer(String name, Solution solution, List<LabelledRow> rows, boolean stoppable) {
            double skill = skills.getOrDefault(solution.bundle(), 0.0);
            List<Answer> answers = new ArrayList<>();
            for (LabelledRow row : rows) {
                if (stoppable) answeredStoppably.add(row.id());
                // One fixed draw a row, whoever answers: better arms are right where worse ones are.
                boolean right = Rng.of(5, "item", Integer.toString(row.id())).nextDouble() < skill;
                String wrong = LABELS.get((LABELS.indexOf(row.label()) + 1) % LABELS.size());
                String label = right ? row.label() : wrong;
                answers.add(new Answer(label, List.of(label), 0.9, 1, name.startsWith("few") ? 200 : 60, 0));
            }
            double seconds = SECONDS_AN_ANSWER * rows.size() * (name.startsWith("few") ? 4 : 1);
            nanos += (long) (seconds * 1e9);
            return new Answers(answers, seconds);
        }

        @Override
        public Optional<String> shortOfMemory(Arm.Trained arm) {
            return shortage.isEmpty() ? Optional.empty() : Optional.of(shortage);
        }
    }
}
