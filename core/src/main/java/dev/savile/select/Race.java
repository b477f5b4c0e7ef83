package dev.savile.select;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.data.LabelledRow;
import dev.savile.data.SealedTest;
import dev.savile.data.Split;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.select.ArmRecord.Status;
import dev.savile.technique.Technique;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Race techniques on labelled rows: screen on growing subsets of TRAIN, train the finalists on all of it, decide
/// on SELECT, and only then open TEST.
///
/// Whatever interrupts it, there is an answer: the best arm with complete scores. Time is kept for the final
/// training and the test before any screening begins.
public final class Race {
    /// Rows that the first look trains on, and messages that it scores.
    private static final int PROBE_ROWS = 48;

    private static final int PROBE_ITEMS = 16;

    private final RaceState state;
    private final SealedTest test;
    private final ArmRunner runner;
    private final Quotes quotes;

    /// @param split TRAIN and SELECT; its TEST rows are not looked at
    /// @param test  the sealed test rows
    Race(
            ArmRunner runner,
            Split split,
            SealedTest test,
            int labels,
            RaceOptions options,
            Budget budget,
            Progress progress,
            StopSignal stop) {
        this.runner = runner;
        this.test = test;
        int[] permutation =
                Rng.of(options.seed(), "rungs").permutation(split.train().size());
        List<LabelledRow> order =
                Arrays.stream(permutation).mapToObj(split.train()::get).toList();
        List<ArmRecord> arms = new ArrayList<>();
        for (Arm arm : Arm.all(runner.parameters(), options.demos())) arms.add(new ArmRecord(arm));
        state = new RaceState(
                split, order, test.size(), labels, options, budget, progress, stop, arms, new ArrayList<>());
        quotes = new Quotes(state);
    }

    /// What a race ends with.
    ///
    /// @param stopped whether the user ended it early
    record Result(Decision decision, String decisionDigest, List<ArmRecord> arms, List<String> notes, boolean stopped) {
        ArmRecord chosen() {
            return arms.stream()
                    .filter(record -> record.arm.id().equals(decision.chosen()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no arm is chosen"));
        }
    }

    /// Run the race.
    Result run() {
        firstLook();
        new Screening(state, quotes, runner).run();
        new Finals(state, quotes, runner).run();
        Decision decision = decide();
        String digest = digest(decision);
        openTest(decision, digest);
        return new Result(
                decision,
                digest,
                List.copyOf(state.arms()),
                List.copyOf(state.notes()),
                state.stop().requested());
    }

    /// Measure what a prompt and a training step cost here, before anything is planned.
    private void firstLook() {
        state.progress().say("measuring this computer's speed on your data");
        Arm.Prompted zeroShot = new Arm.Prompted("a first look", "none", 0, true, "");
        Solution plain = runner.prompt(zeroShot, List.of());
        List<LabelledRow> items = state.select().stream().limit(PROBE_ITEMS).toList();
        runner.answer("a first look", plain, items, true); // the first one warms up
        Answers answers = runner.answer("a first look", plain, items, true);
        quotes.measuredPrompt(answers.seconds() / Math.max(1, answers.meanPromptTokens() * items.size()));
        if (!(state.byId(Technique.Lora.ID).arm instanceof Arm.Trained lora)
                || state.stop().requested()) return;
        List<LabelledRow> rows = state.order().stream().limit(PROBE_ROWS).toList();
        var trained = runner.train(lora, lora.rates().getFirst(), rows, List.of(), 1, Double.POSITIVE_INFINITY);
        quotes.firstTraining(lora, trained.rowSeconds());
        trained.solution().close();
    }

    private Decision decide() {
        List<Candidate> candidates = new ArrayList<>();
        for (ArmRecord record : state.arms())
            if (record.status == Status.FINAL)
                candidates.add(Candidate.of(
                        record.arm.id(),
                        record.arm.baseline(),
                        cost(record),
                        Marks.credits(record.selectAnswers, state.select())));
        return Decision.of(
                candidates, state.options().tolerance(), state.options().seed());
    }

    /// What a request costs, in tokens: those of the prompt, and a little for what must be kept in memory.
    private static double cost(ArmRecord record) {
        return record.promptTokens + record.artifactBytes / 1e7;
    }

    private String digest(Decision decision) {
        var scores = new StringBuilder();
        for (ArmRecord record : state.arms()) {
            scores.append(record.arm.id()).append(' ');
            for (boolean right : record.correct) scores.append(right ? '1' : '0');
            scores.append('\n');
        }
        return Digest.ofText(Json.canonical(Map.of(
                "chosen", String.valueOf(decision.chosen()),
                "reason", decision.reason(),
                "scores", Digest.ofText(scores.toString()))));
    }

    /// Score the chosen arm and the baselines on the sealed rows, to the end even when the user has asked to stop:
    /// half a test is none.
    private void openTest(Decision decision, String digest) {
        List<LabelledRow> rows = test.open(digest);
        if (rows.isEmpty()) return;
        state.progress().say("opening the test: " + rows.size() + " rows that nothing has seen so far");
        for (ArmRecord record : state.arms()) {
            if (record.status != Status.FINAL) continue;
            boolean chosen = record.arm.id().equals(decision.chosen());
            if (!chosen && !record.arm.baseline()) continue;
            if (!chosen
                    && quotes.scoring(record.arm, rows.size()) > state.budget().left() + 5) {
                state.notes().add(record.arm.id() + " was not scored on the test, for lack of time");
                continue;
            }
            Solution solution = record.solution;
            if (solution == null) {
                String label = record.selectAnswers.getFirst().label();
                record.testAnswers =
                        rows.stream().map(row -> Finals.constant(label)).toList();
            } else {
                record.testAnswers =
                        runner.answer(record.arm.id(), solution, rows, false).answers();
            }
            record.testScores = Marks.scores(
                    record.testAnswers,
                    rows,
                    "test",
                    Rng.of(state.options().seed(), "scores", record.arm.id(), "test"));
        }
    }
}
