package dev.savile.cli;

import dev.savile.common.DurableFiles;
import dev.savile.common.Units;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Registry;
import dev.savile.data.Columns;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledReader;
import dev.savile.data.LabelledRow;
import dev.savile.evaluate.metrics.Score;
import dev.savile.select.Budget;
import dev.savile.select.RaceOptions;
import dev.savile.select.Study;
import dev.savile.select.report.StudyReport;
import dev.savile.select.report.StudyReport.ArmReport;
import dev.savile.select.report.TerminalTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Run `savile select`.
final class Select {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String SAMPLE = "/dev/savile/samples/support-desk.csv";

    private final Console console;
    private final SelectVerb verb;

    Select(Console console, SelectVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    int run() {
        Interrupts.watch(console, "the arms scored so far decide, and the report is written");
        double seconds = Units.duration(verb.budget).toSeconds();
        var options = new RaceOptions(
                seconds,
                verb.tolerancePoints / 100,
                verb.global.seed(),
                verb.epochs,
                verb.demos,
                Rows.overLength(verb.data));
        Path folder = verb.out().orElseGet(() -> console.env()
                .home()
                .resolve("studies")
                .resolve(STAMP.format(console.clock().instant())));
        LabelledData data = verb.data.data().isPresent() ? Rows.read(verb.data) : sample(folder);
        List<LabelledRow> test =
                verb.test().map(file -> Rows.read(file, verb.data).rows()).orElse(List.of());
        Study.Prepared prepared = Study.prepare(data, test, verb.global.seed());
        if (verb.data.data().isPresent() || verb.out().isEmpty())
            CustomizationWriter.claim(folder, verb.data.data().isEmpty());
        describe(prepared);
        String name = verb.name().orElseGet(() -> name(data.source()));
        Map<String, Object> given = Map.of("data", data.source(), "budget", seconds);
        return RecordedRun.of(console, verb.global, "select", name, given, (session, run) -> {
            var budget = new Budget(seconds, System::nanoTime); // the model is here: the race begins
            var study = new Study(
                    folder, new Registry(console.env().home()), console.clock(), console.progress(), console.stop());
            Study.Outcome outcome = study.run(prepared, session.base(), options, budget, name);
            run.finish(result(outcome));
            print(outcome);
            return outcome.stopped() ? ExitCode.STOPPED : ExitCode.OK;
        });
    }

    /// Put the bundled rows into the study's folder, so that the report can name a file that exists.
    private static LabelledData sample(Path folder) {
        CustomizationWriter.claim(folder, false);
        Path file = folder.resolve("support-desk.csv");
        try (InputStream in = Select.class.getResourceAsStream(SAMPLE)) {
            if (in == null) throw new IllegalStateException("the bundled sample is missing");
            DurableFiles.write(file, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return LabelledReader.read(file, Columns.guessed());
    }

    private static String name(String source) {
        String file = Path.of(source).getFileName().toString().replaceAll("\\.[^.]*$", "");
        String name = file.replaceAll("[^A-Za-z0-9_.-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
        return name.isEmpty() ? "study" : name.substring(0, Math.min(60, name.length()));
    }

    private void describe(Study.Prepared prepared) {
        var profile = prepared.profile();
        console.progress()
                .say(profile.rows() + " rows, " + profile.labels().size() + " labels; " + profile.repeats()
                        + " repeats and " + profile.conflicts() + " contradictions left out; TRAIN "
                        + prepared.split().train().size() + ", SELECT "
                        + prepared.split().select().size() + ", TEST "
                        + prepared.split().test().size() + " (sealed)");
        if (!profile.ignoredColumns().isEmpty())
            console.progress().say("columns not used: " + String.join(", ", profile.ignoredColumns()));
        for (String warning : profile.warnings()) console.progress().warn(warning);
    }

    private void print(Study.Outcome outcome) {
        StudyReport report = outcome.report();
        for (String line : TerminalTable.render(report)) console.print(line);
        console.print("  saved as   " + report.customization());
        console.print("  report     " + outcome.page());
        console.print("  try it     savile chat --with " + report.customization());
        console.result(result(outcome));
    }

    private static Map<String, Object> result(Study.Outcome outcome) {
        StudyReport report = outcome.report();
        Map<String, Object> recommendation = new LinkedHashMap<>();
        recommendation.put("arm", report.chosen());
        recommendation.put("customization", report.customization());
        recommendation.put("reason", report.sentence());
        List<Object> arms = new ArrayList<>();
        for (ArmReport arm : report.arms()) arms.add(arm(arm));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("recommendation", recommendation);
        result.put("arms", arms);
        result.put("statuses", report.statuses());
        result.put("report", outcome.page().toString());
        result.put("seconds", report.spentSeconds());
        return result;
    }

    private static Map<String, Object> arm(ArmReport arm) {
        Map<String, Object> costs = new LinkedHashMap<>();
        costs.put("promptTokens", arm.promptTokens());
        costs.put("secondsPerThousand", arm.secondsPerThousand());
        costs.put("trainSeconds", arm.trainSeconds());
        costs.put("artifactBytes", arm.artifactBytes());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("arm", arm.id());
        fields.put("technique", arm.technique());
        fields.put("select", metrics(arm.select()));
        fields.put("test", arm.test().isEmpty() ? null : metrics(arm.test()));
        fields.put("costs", costs);
        fields.put("dropped", arm.reason().isEmpty() ? null : arm.reason());
        return fields;
    }

    static Map<String, Object> metrics(List<Score> scores) {
        Map<String, Object> metrics = new LinkedHashMap<>();
        for (Score score : scores) metrics.put(score.metric(), score.interval().fields(score.value()));
        return metrics;
    }
}
