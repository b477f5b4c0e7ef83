package dev.savile.select;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.data.DataProfile;
import dev.savile.data.Duplicates;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledRow;
import dev.savile.data.SealedTest;
import dev.savile.data.Split;
import dev.savile.data.Splitter;
import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.model.BaseModel;
import dev.savile.select.report.HtmlReport;
import dev.savile.select.report.StudyReport;
import dev.savile.select.report.StudyReport.ArmReport;
import dev.savile.select.report.StudyReport.Item;
import dev.savile.select.report.StudyReport.Matrix;
import dev.savile.technique.TrainedTuning;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A race from the rows to the report: check, split, race, save the winner, write everything down in the study's
/// folder.
public final class Study {
    private final Path folder;
    private final Registry registry;
    private final Clock clock;
    private final Progress progress;
    private final StopSignal stop;

    /// @param folder of the study, claimed by the caller
    public Study(Path folder, Registry registry, Clock clock, Progress progress, StopSignal stop) {
        this.folder = folder;
        this.registry = registry;
        this.clock = clock;
        this.progress = progress;
        this.stop = stop;
    }

    /// Rows ready for a race.
    public record Prepared(LabelledData data, Duplicates duplicates, Split split, DataProfile profile) {}

    /// What a study ends with.
    ///
    /// @param stopped whether the user ended it early
    public record Outcome(StudyReport report, Path page, boolean stopped) {}

    /// Check and split the rows; nothing needs a model.
    ///
    /// @param test rows of a test file; empty to split a test off
    public static Prepared prepare(LabelledData data, List<LabelledRow> test, long seed) {
        Duplicates duplicates = Duplicates.of(data.rows());
        Split split = test.isEmpty() ? Splitter.of(duplicates, seed) : Splitter.withTest(duplicates, test, seed);
        if (split.train().stream().map(LabelledRow::label).distinct().count() < 2)
            throw new UserError(
                    "data.few",
                    "TRAIN would hold rows of one label only",
                    "there is nothing to tell apart",
                    "give more rows of the other labels");
        return new Prepared(data, duplicates, split, DataProfile.of(data, duplicates, split));
    }

    /// Run the race and write the report. Call it on the engine's thread.
    ///
    /// @param name under which the winner is saved
    public Outcome run(Prepared prepared, BaseModel base, RaceOptions options, Budget budget, String name) {
        SealedTest test = prepared.split().test().seal(folder, clock);
        List<String> labels = prepared.data().labels();
        var runner = new ModelRunner(base, labels, options, progress, stop);
        Race.Result result =
                new Race(runner, prepared.split(), test, labels.size(), options, budget, progress, stop).run();
        try {
            String saved = save(result, prepared, base, options, name);
            StudyReport report = report(result, prepared, base, options, budget, test, saved);
            Path page = folder.resolve("report.html");
            DurableFiles.write(folder.resolve("decision.json"), Json.pretty(result.decision()));
            DurableFiles.write(folder.resolve("study.json"), Json.pretty(report));
            HtmlReport.write(report, page);
            return new Outcome(report, page, result.stopped());
        } finally {
            for (ArmRecord record : result.arms()) {
                Solution solution = record.solution;
                if (solution != null) solution.close();
            }
        }
    }

    /// Keep the winner under a name; return its folder, or nothing when the winner is to always say the same.
    private String save(Race.Result result, Prepared prepared, BaseModel base, RaceOptions options, String name) {
        ArmRecord chosen = result.chosen();
        Solution solution = chosen.solution;
        if (solution == null) return "";
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("arm", chosen.arm.id());
        configuration.put("learning-rate", chosen.rate);
        configuration.put("epochs", options.epochs());
        configuration.put("seed", options.seed());
        Map<String, Object> measured = new LinkedHashMap<>();
        measured.put("select-accuracy", chosen.selectScores.getFirst().value());
        if (!chosen.testScores.isEmpty())
            measured.put("test-accuracy", chosen.testScores.getFirst().value());
        measured.put("train-seconds", chosen.trainSeconds);
        var data = new Manifest.Data(
                prepared.data().source(),
                LabelledData.digest(prepared.split().train()),
                prepared.split().train().size());
        TrainedTuning tuning = solution.tuning();
        String technique = tuning == null ? "prompt" : chosen.arm.id();
        Manifest manifest = Provenance.of(base, technique, data, configuration, measured, clock.instant());
        Path workshop = registry.workshop(name);
        if (tuning == null) CustomizationWriter.prompt(workshop, solution.bundle(), manifest);
        else CustomizationWriter.trained(workshop, tuning, base, solution.bundle(), manifest);
        return registry.publish(workshop, name).toString();
    }

    private StudyReport report(
            Race.Result result,
            Prepared prepared,
            BaseModel base,
            RaceOptions options,
            Budget budget,
            SealedTest test,
            String saved) {
        ArmRecord chosen = result.chosen();
        List<LabelledRow> testRows = test.open(result.decisionDigest());
        List<String> statuses = new ArrayList<>();
        for (DecisionStatus status : result.decision().statuses()) statuses.add(status.name());
        if (result.stopped()) statuses.add("STOPPED");
        Map<String, Integer> sizes = new LinkedHashMap<>();
        sizes.put("TRAIN", prepared.split().train().size());
        sizes.put("SELECT", prepared.split().select().size());
        sizes.put("TEST", prepared.split().test().size());
        Map<String, String> reproduction = new LinkedHashMap<>();
        reproduction.put("Data digest", prepared.data().digest());
        reproduction.put("Base digest", base.digest());
        reproduction.put("Tokenizer and template digest", base.encoder().digest());
        reproduction.put("Decision digest", result.decisionDigest());
        reproduction.put("Seed", Long.toString(options.seed()));
        reproduction.put("Precision", base.model().precision().label());
        reproduction.put("Savile", Provenance.VERSION);
        reproduction.put("Test opened", String.join("; ", test.accesses()));
        return new StudyReport(
                Path.of(prepared.data().source()).getFileName().toString(),
                clock.instant().toString(),
                base.name(),
                prepared.data().source(),
                budget.seconds(),
                budget.spent(),
                result.decision().reason(),
                statuses,
                chosen.arm.id(),
                saved,
                options.tolerance(),
                prepared.profile(),
                sizes,
                result.arms().stream()
                        .map(record -> armReport(record, result.decision()))
                        .toList(),
                confusion(chosen, prepared, testRows),
                items(result, prepared, testRows),
                result.notes(),
                List.of(
                        "Finalists were trained with one seed; several seeds and their spread come later.",
                        "No learning curves and no folds for small data.",
                        "BM25 stands in for the choice of examples by nearness of meaning.",
                        "The techniques between prompts and LoRA (soft prompts, prefixes, adapters, IA3) do not race yet."),
                reproduction);
    }

    private static ArmReport armReport(ArmRecord record, Decision decision) {
        String verdict = "";
        String difference = "";
        for (Standing standing : decision.standings()) {
            if (!standing.arm().equals(record.arm.id())) continue;
            switch (standing) {
                case Standing.Leader _ -> verdict = "best";
                case Standing.Compared compared -> {
                    verdict = compared.verdict().word();
                    Interval interval = compared.evidence().interval();
                    difference = String.format(
                            Locale.ROOT,
                            "%+.1f (%+.1f..%+.1f)",
                            100 * compared.evidence().difference(),
                            100 * interval.low(),
                            100 * interval.high());
                }
                case Standing.Dropped _ -> verdict = "breaks a limit";
            }
        }
        String status =
                switch (record.status) {
                    case FINAL -> "final";
                    case REJECTED -> "rejected";
                    case PAUSED_BUDGET, RACING -> "paused for lack of time";
                };
        return new ArmReport(
                record.arm.id(),
                record.arm instanceof Arm.Trained ? record.arm.family() : "prompt",
                record.arm.description(),
                record.arm.baseline(),
                status,
                record.reason,
                record.rate,
                record.selectScores,
                record.testScores,
                difference,
                verdict,
                record.promptTokens,
                record.secondsPerThousand,
                record.trainSeconds,
                record.quotedSeconds,
                record.artifactBytes,
                record.peakBytes,
                record.rungs.stream()
                        .map(r -> new StudyReport.RungReport(r.rows(), r.items(), r.accuracy()))
                        .toList(),
                record.rateTrials.stream()
                        .map(r -> new StudyReport.RateReport(r.rows(), r.rate(), r.loss()))
                        .toList());
    }

    private static Matrix confusion(ArmRecord chosen, Prepared prepared, List<LabelledRow> test) {
        boolean onTest = !chosen.testAnswers.isEmpty();
        List<LabelledRow> rows = onTest ? test : prepared.split().select();
        List<Answer> answers = onTest ? chosen.testAnswers : chosen.selectAnswers;
        List<String> labels = prepared.data().labels();
        int[][] counts = new int[labels.size()][labels.size()];
        for (int i = 0; i < answers.size(); i++) {
            int gold = labels.indexOf(rows.get(i).label());
            if (gold >= 0) counts[gold][labels.indexOf(answers.get(i).label())]++;
        }
        return new Matrix(onTest ? "TEST" : "SELECT", labels, counts);
    }

    private static List<Item> items(Race.Result result, Prepared prepared, List<LabelledRow> test) {
        List<Item> items = new ArrayList<>();
        List<LabelledRow> select = prepared.split().select();
        for (int i = 0; i < select.size(); i++) items.add(item("select", select.get(i), i, result, false));
        for (int i = 0; i < test.size(); i++) items.add(item("test", test.get(i), i, result, true));
        return items;
    }

    private static Item item(String split, LabelledRow row, int at, Race.Result result, boolean onTest) {
        Map<String, String> answers = new LinkedHashMap<>();
        for (ArmRecord record : result.arms()) {
            List<Answer> all = onTest ? record.testAnswers : record.selectAnswers;
            if (at < all.size()) answers.put(record.arm.id(), all.get(at).label());
        }
        return new Item(split, row.id(), row.text(), row.label(), answers);
    }
}
