package dev.savile.select;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.data.LabelledRow;
import dev.savile.data.SealedTest;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.engine.Memory;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.LabelPrompts.Answers;
import dev.savile.evaluate.metrics.Classification;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.ItemScores;
import dev.savile.evaluate.statistics.Tango;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.select.ArmRecord.Status;
import dev.savile.technique.Technique;
import dev.savile.technique.TrainedTuning;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.EncodedRow;
import dev.savile.train.Checkpoints;
import dev.savile.train.TrainingListener;
import dev.savile.train.TrainingOptions;
import dev.savile.train.TrainingResult;
import dev.savile.train.TuneJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Race techniques on labelled rows: screen on growing subsets of TRAIN, train the finalists on all of it, decide
/// on SELECT, and only then open TEST.
///
/// Whatever interrupts it, there is an answer: the best arm with complete scores. Time is kept for the final
/// training and the test before any screening begins.
public final class Race {
    private static final int FIRST_ROWS = 32;
    private static final int GROWTH = 3;
    private static final int FIRST_ITEMS = 150;
    private static final int MAX_FINALISTS = 4;
    private static final double ALPHA = 0.05;
    /// A full training costs about this many times as much as one of LoRA, until it has been measured.
    private static final double FULL_COST = 2.5;
    private static final double SAFETY = 1.15;
    /// Nats a token within which two learning rates count as equally good.
    private static final double RATE_MARGIN = 0.05;

    private final BaseModel base;
    private final Split split;
    private final SealedTest test;
    private final RaceOptions options;
    private final Budget budget;
    private final Progress progress;
    private final StopSignal stop;
    private final List<String> labels;
    private final List<ArmRecord> arms = new ArrayList<>();
    private final List<LabelledRow> order;
    private final Map<String, Double> secondsPerRow = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private double secondsPerPromptToken;

    /// @param split TRAIN and SELECT; its TEST rows are not looked at
    /// @param test  the sealed test rows
    public Race(
            BaseModel base,
            Split split,
            SealedTest test,
            List<String> labels,
            RaceOptions options,
            Budget budget,
            Progress progress,
            StopSignal stop) {
        this.base = base;
        this.split = split;
        this.test = test;
        this.labels = List.copyOf(labels);
        this.options = options;
        this.budget = budget;
        this.progress = progress;
        this.stop = stop;
        int[] permutation =
                Rng.of(options.seed(), "rungs").permutation(split.train().size());
        order = java.util.Arrays.stream(permutation)
                .mapToObj(split.train()::get)
                .toList();
    }

    /// What a race ends with.
    ///
    /// @param stopped whether the user ended it early
    public record Result(
            Decision decision, String decisionDigest, List<ArmRecord> arms, List<String> notes, boolean stopped) {
        ArmRecord chosen() {
            return arms.stream()
                    .filter(record -> record.arm.id().equals(decision.chosen()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no arm is chosen"));
        }
    }

    /// Run the race.
    public Result run() {
        for (Arm arm : listArms()) arms.add(new ArmRecord(arm));
        firstLook();
        for (int rows : rungs()) {
            if (stop.requested()) break;
            rung(rows);
        }
        finals();
        Decision decision = decide();
        String digest = Digest.ofText(Json.canonical(Map.of(
                "chosen", String.valueOf(decision.chosen()),
                "reason", decision.reason(),
                "scores", Digest.ofText(scoresText()))));
        openTest(decision, digest);
        return new Result(decision, digest, List.copyOf(arms), List.copyOf(notes), stop.requested());
    }

    private List<Arm> listArms() {
        long values = base.model().parameters();
        double scale = values <= 500_000_000L ? 5 : 1;
        List<Arm> list = new ArrayList<>();
        list.add(new Arm.Majority());
        list.add(new Arm.Prompted("zero-shot", "none", 0, true, "the base model with an instruction"));
        list.add(new Arm.Prompted(
                "few-shot-random",
                "random",
                options.demos(),
                true,
                options.demos() + " worked examples, the same for every message"));
        list.add(new Arm.Prompted(
                "few-shot-balanced",
                "label_balanced",
                options.demos(),
                false,
                options.demos() + " worked examples, labels taking turns"));
        list.add(new Arm.Prompted(
                "few-shot-bm25",
                "bm25",
                options.demos(),
                false,
                options.demos() + " worked examples, those that share most words with the message"));
        list.add(new Arm.Trained(
                new Technique.Lora(LoraSpec.of(8, 16)),
                List.of(2e-5 * scale, 2e-4 * scale, 2e-3 * scale),
                "low-rank updates of all linears, rank 8"));
        list.add(new Arm.Trained(
                new Technique.Full(FullSpec.all()),
                List.of(1e-6 * scale, 1e-5 * scale, 1e-4 * scale),
                "all weights of the model"));
        return list;
    }

    // ---- quotes

    /// Measure what a prompt and a training step cost here, before anything is planned.
    private void firstLook() {
        progress.say("measuring this computer's speed on your data");
        PromptBundle bundle = bundle(prompted("none", 0), split.train());
        var prompts = new LabelPrompts(base, bundle, options.overLength());
        List<String> texts =
                split.select().stream().limit(16).map(LabelledRow::text).toList();
        prompts.predict(texts, Tuning.NONE, Progress.none().start("", 0, ""), stop);
        Answers answers = prompts.predict(texts, Tuning.NONE, Progress.none().start("", 0, ""), stop);
        secondsPerPromptToken = answers.seconds() / Math.max(1, answers.meanPromptTokens() * texts.size());
        for (ArmRecord record : arms)
            if (record.arm instanceof Arm.Trained trained && trained.technique() instanceof Technique.Lora)
                probe(trained);
    }

    private void probe(Arm.Trained arm) {
        List<LabelledRow> rows = order.subList(0, Math.min(48, order.size()));
        var trainingOptions =
                TrainingOptions.of(arm.rates().getFirst()).withEpochs(1).withSeed(options.seed());
        var job = new TuneJob(base, arm.technique(), trainingOptions, bundle(arm));
        List<EncodedRow> encoded = job.encode(rows, options.overLength()).rows();
        double[] last = new double[1];
        try (TrainedTuning tuning = job.start()) {
            job.train(
                    tuning,
                    encoded,
                    List.of(),
                    Checkpoints.none(),
                    listener(event -> last[0] = event.seconds()),
                    Progress.none(),
                    stop);
        }
        int lastRows = encoded.size() % trainingOptions.rowsPerStep() == 0
                ? trainingOptions.rowsPerStep()
                : encoded.size() % trainingOptions.rowsPerStep();
        secondsPerRow.put("lora", last[0] / lastRows);
        secondsPerRow.put("full", FULL_COST * last[0] / lastRows);
    }

    private static TrainingListener listener(java.util.function.Consumer<dev.savile.train.StepEvent> consumer) {
        return new TrainingListener() {
            @Override
            public void step(dev.savile.train.StepEvent event) {
                consumer.accept(event);
            }
        };
    }

    private double rowSeconds(Arm arm) {
        return secondsPerRow.getOrDefault(arm.family(), 1.0);
    }

    private double trainingQuote(Arm arm, int rows, int trials) {
        return SAFETY * rows * options.epochs() * trials * rowSeconds(arm);
    }

    private double scoringQuote(Arm arm, int items) {
        return switch (arm) {
            case Arm.Majority() -> 0;
            case Arm.Prompted prompted -> SAFETY * items * secondsPerItem(prompted.demos());
            case Arm.Trained _ -> SAFETY * items * secondsPerItem(0);
        };
    }

    private double secondsPerItem(int demos) {
        double text = split.train().stream()
                        .limit(100)
                        .mapToInt(row -> row.text().length())
                        .average()
                        .orElse(100)
                / 4;
        double zeroShot = secondsPerPromptToken * promptTokensOfZeroShot();
        return zeroShot * (1 + demos * (text + 12) / Math.max(20, promptTokensOfZeroShot()));
    }

    private double promptTokensOfZeroShot() {
        return arms.stream()
                .filter(record -> record.promptTokens > 0)
                .mapToDouble(record -> record.promptTokens)
                .min()
                .orElse(60);
    }

    /// Time that must be left for the finals, the test and the report.
    private double reserve() {
        double reserve = 10;
        for (ArmRecord record : arms) {
            if (!record.alive()) continue;
            reserve += scoringQuote(record.arm, split.select().size());
            if (record.arm.baseline()) reserve += scoringQuote(record.arm, test.size());
        }
        ArmRecord lora = byId("lora");
        if (lora.alive()) reserve += trainingQuote(lora.arm, order.size(), 1) + scoringQuote(lora.arm, test.size());
        return reserve;
    }

    /// Sizes of the subsets to screen on, below all of TRAIN; fewer where the time does not allow more.
    private List<Integer> rungs() {
        int first = Math.max(FIRST_ROWS, Math.max(4 * labels.size(), (int) Math.ceil(order.size() / 27.0)));
        List<Integer> rungs = new ArrayList<>();
        for (int rows = first; rows < order.size() && rungs.size() < 3; rows *= GROWTH) rungs.add(rows);
        ArmRecord lora = byId("lora");
        while (rungs.size() > 1 && rungsQuote(lora.arm, rungs) > budget.left() - reserve()) {
            notes.add("the screening on " + rungs.getLast() + " rows was left out for lack of time");
            rungs.removeLast();
        }
        return rungs;
    }

    private double rungsQuote(Arm arm, List<Integer> rungs) {
        double quote = 0;
        for (int i = 0; i < rungs.size(); i++)
            quote += trainingQuote(arm, rungs.get(i), trials(i)) + scoringQuote(arm, items(i));
        return quote;
    }

    private static int trials(int rung) {
        return rung == 0 ? 3 : 2;
    }

    private int items(int rung) {
        return Math.min(split.select().size(), FIRST_ITEMS << rung);
    }

    // ---- rungs

    private int rungNumber;

    private void rung(int rows) {
        int items = items(rungNumber);
        progress.say("round " + (rungNumber + 1) + ": " + rows + " rows of TRAIN, scored on " + items + " of SELECT");
        for (ArmRecord record : arms) {
            if (!record.alive() || stop.requested()) continue;
            switch (record.arm) {
                case Arm.Majority() -> majority(record, rows, items);
                case Arm.Prompted prompted -> promptedRung(record, prompted, rows, items);
                case Arm.Trained trained -> trainedRung(record, trained, rows, items);
            }
        }
        reject(items);
        rungNumber++;
    }

    private void majority(ArmRecord record, int rows, int items) {
        String label = mostFrequent(order.subList(0, rows));
        boolean[] correct = new boolean[items];
        for (int i = 0; i < items; i++)
            correct[i] = split.select().get(i).label().equals(label);
        record.correct = correct;
        record.rungs.add(new ArmRecord.Rung(rows, items, share(correct), 0));
    }

    /// Prompts are screened once: more worked examples to choose from change little, and the finals use all of
    /// TRAIN.
    private void promptedRung(ArmRecord record, Arm.Prompted arm, int rows, int items) {
        if (rungNumber > 0) return;
        double quote = scoringQuote(arm, items);
        if (quote > budget.left() - reserve()) {
            if (!arm.baseline()) record.leave(Status.PAUSED_BUDGET, "screening would take " + Units.seconds(quote));
            return;
        }
        PromptBundle bundle = bundle(arm, order.subList(0, rows));
        evaluateRung(record, bundle, Tuning.NONE, rows, items);
    }

    private void trainedRung(ArmRecord record, Arm.Trained arm, int rows, int items) {
        List<Double> rates = record.rateTrials.isEmpty() ? arm.rates() : previousBest(record);
        double quote = trainingQuote(arm, rows, rates.size()) + scoringQuote(arm, items);
        double left = budget.left() - reserve();
        if (quote > left) {
            boolean first = record.rungs.isEmpty();
            if (first && arm.technique() instanceof Technique.Lora && trainingQuote(arm, rows, 1) < left) {
                rates = List.of(arm.rates().get(1));
                notes.add("lora: only the middle learning rate was tried, for lack of time");
            } else if (first && arm.technique() instanceof Technique.Lora) {
                record.rate = arm.rates().get(1);
                notes.add("lora was trained without screening, at its middle learning rate, for lack of time");
                return;
            } else {
                record.leave(
                        Status.PAUSED_BUDGET,
                        "training on " + rows + " rows would take " + Units.seconds(quote) + ", "
                                + Units.seconds(Math.max(0, left)) + " were left");
                return;
            }
        }
        if (!memorySuffices(record, arm)) return;
        Split inner = Splitter.inner(order.subList(0, rows), options.seed());
        TrainedTuning best = null;
        double bestLoss = Double.POSITIVE_INFINITY;
        double seconds = 0;
        for (double rate : rates) {
            if (stop.requested()) break;
            var trainingOptions =
                    TrainingOptions.of(rate).withEpochs(options.epochs()).withSeed(options.seed());
            var job = new TuneJob(base, arm.technique(), trainingOptions, bundle(arm));
            List<EncodedRow> train =
                    job.encode(inner.train(), options.overLength()).rows();
            List<EncodedRow> dev =
                    job.encode(inner.select(), options.overLength()).rows();
            TrainedTuning tuning = job.start();
            double loss = Double.NaN;
            try {
                TrainingResult result =
                        job.train(tuning, train, dev, Checkpoints.none(), TrainingListener.NONE, progress, stop);
                loss = result.validationLoss();
                seconds += result.seconds();
                record.peakBytes = Math.max(record.peakBytes, result.peakBytes());
                if (result.end() == TrainingResult.End.FINISHED)
                    secondsPerRow.put(arm.family(), result.seconds() / Math.max(1, result.rows()));
            } catch (UserError e) {
                if (!e.code().equals("train.diverged")) throw e;
                notes.add(arm.id() + " diverged at the learning rate " + rate);
            }
            record.rateTrials.add(
                    new ArmRecord.RateTrial(rows, rate, Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss));
            if (loss < bestLoss) {
                if (best != null) best.close();
                best = tuning;
                bestLoss = loss;
                record.rate = rate;
            } else {
                tuning.close();
            }
        }
        record.allTrainSeconds += seconds;
        if (best == null) {
            record.leave(Status.REJECTED, "no learning rate led to a finite loss");
            return;
        }
        try (TrainedTuning tuning = best) {
            if (!stop.requested()) evaluateRung(record, bundle(arm), tuning, rows, items);
        }
    }

    private static List<Double> previousBest(ArmRecord record) {
        int rows = record.rateTrials.getLast().rows();
        List<Double> byLoss = record.ratesByLoss(rows);
        return byLoss.subList(0, Math.min(2, byLoss.size()));
    }

    private boolean memorySuffices(ArmRecord record, Arm.Trained arm) {
        long values = arm.technique() instanceof Technique.Full ? base.model().parameters() : 0;
        long needed = new TuneJob(base, arm.technique(), TrainingOptions.of(1e-3), bundle(arm)).estimatedBytes(values);
        if (needed <= Memory.availableBytes()) return true;
        record.leave(
                Status.PAUSED_BUDGET,
                "training needs about " + Units.bytes(needed) + " of memory, " + Units.bytes(Memory.availableBytes())
                        + " are free");
        return false;
    }

    private void evaluateRung(ArmRecord record, PromptBundle bundle, Tuning tuning, int rows, int items) {
        Answers answers =
                predict(record.arm.id(), bundle, tuning, split.select().subList(0, items));
        if (answers.answers().size() < items) return;
        measureCost(record, answers);
        record.correct = correct(answers.answers(), split.select());
        record.rungs.add(new ArmRecord.Rung(rows, items, share(record.correct), answers.seconds()));
        progress.say(String.format(
                java.util.Locale.ROOT, "  %-18s %.1f %% of %d", record.arm.id(), 100 * share(record.correct), items));
    }

    private void measureCost(ArmRecord record, Answers answers) {
        record.promptTokens = answers.meanPromptTokens();
        record.secondsPerThousand = 1000 * answers.seconds() / answers.answers().size();
    }

    /// Drop arms that are shown to be worse than the leader by more than the tolerance; a family keeps its best
    /// arm in the first two rounds, since curves cross.
    private void reject(int items) {
        List<ArmRecord> scored = arms.stream()
                .filter(r -> r.alive() && r.correct.length == items)
                .toList();
        if (scored.size() < 2) return;
        ArmRecord leader = scored.stream()
                .max(Comparator.comparingDouble(r -> share(r.correct)))
                .orElseThrow();
        double level = 1 - 2 * ALPHA / (arms.size() * 4.0);
        for (ArmRecord record : scored) {
            if (record == leader || record.arm.baseline()) continue;
            boolean bestOfFamily = scored.stream()
                    .filter(other -> other.arm.family().equals(record.arm.family()))
                    .allMatch(other -> share(other.correct) <= share(record.correct));
            if (bestOfFamily && rungNumber < 2) continue;
            int onlyRecord = 0;
            int onlyLeader = 0;
            for (int i = 0; i < items; i++) {
                if (record.correct[i] && !leader.correct[i]) onlyRecord++;
                if (leader.correct[i] && !record.correct[i]) onlyLeader++;
            }
            double upper = Tango.interval(onlyRecord, onlyLeader, items, level).high();
            if (upper < -options.tolerance())
                record.leave(
                        Status.REJECTED,
                        String.format(
                                java.util.Locale.ROOT,
                                "shown to be worse than %s by more than the tolerance after %d rows (%.1f against %.1f %%)",
                                leader.arm.id(),
                                record.rungs.getLast().rows(),
                                100 * share(record.correct),
                                100 * share(leader.correct)));
        }
    }

    // ---- finals

    private void finals() {
        progress.say("finals: all " + order.size() + " rows of TRAIN, scored on all "
                + split.select().size() + " of SELECT");
        List<ArmRecord> finalists = new ArrayList<>();
        List<ArmRecord> trained = arms.stream()
                .filter(r -> r.alive() && r.arm instanceof Arm.Trained)
                .sorted(byScore())
                .toList();
        List<ArmRecord> prompts = arms.stream()
                .filter(r -> r.alive() && r.arm instanceof Arm.Prompted p && !p.baseline())
                .sorted(byScore())
                .toList();
        finalists.addAll(
                arms.stream().filter(r -> r.alive() && r.arm.baseline()).toList());
        finalists.addAll(trained);
        finalists.addAll(prompts);
        int others = 0;
        for (ArmRecord record : finalists) {
            if (!record.arm.baseline() && ++others > MAX_FINALISTS) {
                record.leave(Status.PAUSED_BUDGET, "only the best " + MAX_FINALISTS + " arms reach the finals");
                continue;
            }
            switch (record.arm) {
                case Arm.Majority() -> finalMajority(record);
                case Arm.Prompted prompted -> finalPrompted(record, prompted);
                case Arm.Trained arm -> finalTrained(record, arm);
            }
        }
    }

    private Comparator<ArmRecord> byScore() {
        return Comparator.comparingDouble((ArmRecord r) -> r.correct.length == 0 ? -0.5 : -share(r.correct))
                .thenComparing(r -> r.arm.id());
    }

    private void finalMajority(ArmRecord record) {
        String label = mostFrequent(split.train());
        record.selectAnswers =
                split.select().stream().map(row -> constant(label)).toList();
        finish(record, bundle(prompted("none", 0), split.train()), null);
    }

    private static Answer constant(String label) {
        return new Answer(label, List.of(label), 1, 0, 0, 0);
    }

    private void finalPrompted(ArmRecord record, Arm.Prompted arm) {
        double quote = scoringQuote(arm, split.select().size());
        boolean needed = arm.id().equals("zero-shot"); // an answer must be there, whatever the time
        if (!needed && (stop.requested() || quote + testQuote() > budget.left())) {
            record.leave(
                    Status.PAUSED_BUDGET,
                    "scoring would take " + Units.seconds(quote) + ", " + Units.seconds(Math.max(0, budget.left()))
                            + " were left");
            return;
        }
        PromptBundle bundle = bundle(arm, split.train());
        Answers answers = predict(arm.id(), bundle, Tuning.NONE, split.select());
        if (answers.answers().size() < split.select().size()) {
            record.leave(Status.PAUSED_BUDGET, "stopped before all items were scored");
            return;
        }
        measureCost(record, answers);
        record.selectAnswers = answers.answers();
        finish(record, bundle, null);
    }

    private void finalTrained(ArmRecord record, Arm.Trained arm) {
        double training = trainingQuote(arm, order.size(), 1);
        double scoring = scoringQuote(arm, split.select().size());
        double left = budget.left() - testQuote() - promptFinalsQuote();
        record.quotedSeconds = training;
        boolean lora = arm.technique() instanceof Technique.Lora;
        if (stop.requested() || (training + scoring > left && !(lora && left > scoring))) {
            record.leave(
                    Status.PAUSED_BUDGET,
                    "training on all rows would take " + Units.seconds(training) + ", "
                            + Units.seconds(Math.max(0, left)) + " were left");
            return;
        }
        if (!memorySuffices(record, arm)) return;
        double rate = finalRate(record, arm);
        record.rate = rate;
        var trainingOptions = TrainingOptions.of(rate)
                .withEpochs(options.epochs())
                .withSeed(options.seed())
                .withMaxSeconds(Math.max(1, left - scoring));
        var job = new TuneJob(base, arm.technique(), trainingOptions, bundle(arm));
        List<EncodedRow> rows = job.encode(split.train(), options.overLength()).rows();
        TrainedTuning tuning = job.start();
        TrainingResult result =
                job.train(tuning, rows, List.of(), Checkpoints.none(), TrainingListener.NONE, progress, stop);
        record.trainSeconds = result.seconds();
        record.allTrainSeconds += result.seconds();
        record.peakBytes = Math.max(record.peakBytes, result.peakBytes());
        record.artifactBytes = tuning.trainedValues() * 4;
        if (result.end() == TrainingResult.End.TIME)
            notes.add(arm.id() + " was stopped by the budget after " + result.steps() + " steps of its final training");
        Answers answers = predict(arm.id(), bundle(arm), tuning, split.select());
        if (answers.answers().size() < split.select().size()) {
            tuning.close();
            record.leave(Status.PAUSED_BUDGET, "stopped before all items were scored");
            return;
        }
        measureCost(record, answers);
        record.selectAnswers = answers.answers();
        finish(record, bundle(arm), tuning);
    }

    /// Choose the rate for all of TRAIN: the smallest whose loss was within a small margin of the best in the last
    /// screening. Many more steps follow than were screened, and a rate at the upper edge that won a short run can
    /// ruin a long one: it is taken down by the root of ten.
    private static double finalRate(ArmRecord record, Arm.Trained arm) {
        if (record.rateTrials.isEmpty()) return arm.rates().get(1);
        int rows = record.rateTrials.getLast().rows();
        double best = record.rateTrials.stream()
                .filter(trial -> trial.rows() == rows)
                .mapToDouble(ArmRecord.RateTrial::loss)
                .min()
                .orElse(0);
        double rate = record.rateTrials.stream()
                .filter(trial -> trial.rows() == rows && trial.loss() <= best + RATE_MARGIN)
                .mapToDouble(ArmRecord.RateTrial::rate)
                .min()
                .orElse(arm.rates().get(1));
        return rate == arm.rates().getLast() ? rate / Math.sqrt(10) : rate;
    }

    private double testQuote() {
        double quote = 5 + scoringQuote(byId("lora").arm, test.size());
        for (ArmRecord record : arms)
            if (record.arm.baseline() && record.status != Status.REJECTED)
                quote += scoringQuote(record.arm, test.size());
        return quote;
    }

    private double promptFinalsQuote() {
        return arms.stream()
                .filter(r ->
                        r.alive() && r.arm instanceof Arm.Prompted && r.selectAnswers.isEmpty() && !r.arm.baseline())
                .mapToDouble(r -> scoringQuote(r.arm, split.select().size()))
                .sum();
    }

    private void finish(
            ArmRecord record, PromptBundle bundle, @org.jspecify.annotations.Nullable TrainedTuning tuning) {
        record.status = Status.FINAL;
        record.finished = new ArmRecord.Finished(bundle, tuning);
        record.correct = correct(record.selectAnswers, split.select());
        record.selectScores = scores(record.arm.id(), record.selectAnswers, split.select(), "select");
        progress.say(String.format(
                java.util.Locale.ROOT,
                "  %-18s %.1f %% of %d",
                record.arm.id(),
                100 * share(record.correct),
                record.correct.length));
    }

    // ---- decision and test

    private Decision decide() {
        List<Candidate> candidates = new ArrayList<>();
        for (ArmRecord record : arms)
            if (record.status == Status.FINAL)
                candidates.add(Candidate.of(
                        record.arm.id(),
                        record.arm.baseline(),
                        cost(record),
                        credits(record.selectAnswers, split.select())));
        return Decision.of(candidates, options.tolerance(), options.seed());
    }

    /// What a request costs, in tokens: those of the prompt, and a little for what must be kept in memory.
    private static double cost(ArmRecord record) {
        return record.promptTokens + record.artifactBytes / 1e7;
    }

    private void openTest(Decision decision, String digest) {
        List<LabelledRow> rows = test.open(digest);
        if (rows.isEmpty()) return;
        progress.say("opening the test: " + rows.size() + " rows that nothing has seen so far");
        for (ArmRecord record : arms) {
            boolean wanted = record.status == Status.FINAL
                    && (record.arm.baseline() || record.arm.id().equals(decision.chosen()));
            ArmRecord.Finished finished = record.finished;
            if (!wanted || finished == null) continue;
            boolean chosen = record.arm.id().equals(decision.chosen());
            if (!chosen
                    && record.arm instanceof Arm.Prompted
                    && scoringQuote(record.arm, rows.size()) > budget.left() + 5) {
                notes.add(record.arm.id() + " was not scored on the test, for lack of time");
                continue;
            }
            if (record.arm instanceof Arm.Majority) {
                String label = record.selectAnswers.getFirst().label();
                record.testAnswers = rows.stream().map(row -> constant(label)).toList();
            } else {
                TrainedTuning tuning = finished.tuning();
                record.testAnswers = predictAll(
                                record.arm.id(), finished.bundle(), tuning == null ? Tuning.NONE : tuning, rows)
                        .answers();
            }
            record.testScores = scores(record.arm.id(), record.testAnswers, rows, "test");
        }
    }

    private String scoresText() {
        var text = new StringBuilder();
        for (ArmRecord record : arms) {
            text.append(record.arm.id()).append(' ');
            for (boolean right : record.correct) text.append(right ? '1' : '0');
            text.append('\n');
        }
        return text.toString();
    }

    // ---- helpers

    private Answers predict(String name, PromptBundle bundle, Tuning tuning, List<LabelledRow> rows) {
        return predict(name, bundle, tuning, rows, stop);
    }

    /// The test is scored to the end even when the user has asked to stop: half a test is none.
    private Answers predictAll(String name, PromptBundle bundle, Tuning tuning, List<LabelledRow> rows) {
        return predict(name, bundle, tuning, rows, new StopSignal());
    }

    private Answers predict(
            String name, PromptBundle bundle, Tuning tuning, List<LabelledRow> rows, StopSignal signal) {
        try (Progress.Task task = progress.start("scoring " + name, rows.size(), "rows")) {
            return new LabelPrompts(base, bundle, options.overLength())
                    .predict(rows.stream().map(LabelledRow::text).toList(), tuning, task, signal);
        }
    }

    private Arm.Prompted prompted(String strategy, int demos) {
        return new Arm.Prompted("prompt", strategy, demos, true, "");
    }

    private PromptBundle bundle(Arm.Prompted arm, List<LabelledRow> pool) {
        PromptBundle plain = PromptBundle.classification(labels, true);
        if (arm.demos() == 0) return plain;
        List<Demo> demos =
                pool.stream().map(row -> new Demo(row.text(), row.label())).toList();
        return plain.withDemos(new PromptBundle.Demos(arm.strategy(), arm.demos(), options.seed(), 0, demos));
    }

    private PromptBundle bundle(Arm.Trained arm) {
        if (arm.technique() instanceof Technique.Prompt) throw new IllegalArgumentException("a prompt is not trained");
        return PromptBundle.trainedClassification(labels);
    }

    private ArmRecord byId(String id) {
        return arms.stream().filter(r -> r.arm.id().equals(id)).findFirst().orElseThrow();
    }

    private static String mostFrequent(List<LabelledRow> rows) {
        Map<String, Integer> counts = new TreeMap<>();
        for (LabelledRow row : rows) counts.merge(row.label(), 1, Integer::sum);
        return counts.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
    }

    static boolean[] correct(List<Answer> answers, List<LabelledRow> rows) {
        boolean[] correct = new boolean[answers.size()];
        for (int i = 0; i < correct.length; i++)
            correct[i] = answers.get(i).label().equals(rows.get(i).label());
        return correct;
    }

    private static ItemScores credits(List<Answer> answers, List<LabelledRow> rows) {
        double[] credits = new double[answers.size()];
        for (int i = 0; i < credits.length; i++) {
            List<String> tied = answers.get(i).tied();
            credits[i] = tied.contains(rows.get(i).label()) ? 1.0 / tied.size() : 0;
        }
        return ItemScores.of(credits);
    }

    private List<Score> scores(String arm, List<Answer> answers, List<LabelledRow> rows, String splitName) {
        List<Prediction> predictions = new ArrayList<>();
        for (Answer answer : answers) predictions.add(new Prediction.Parsed(answer.label()));
        List<String> gold =
                rows.stream().limit(answers.size()).map(LabelledRow::label).toList();
        var classification = Classification.withCredits(gold, predictions, credits(answers, rows));
        return classification.scores("raw,label", splitName, Rng.of(options.seed(), "scores", arm, splitName));
    }

    private static double share(boolean[] correct) {
        int right = 0;
        for (boolean value : correct) if (value) right++;
        return correct.length == 0 ? 0 : (double) right / correct.length;
    }
}
