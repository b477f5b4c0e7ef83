package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.data.LabelledData;
import dev.savile.data.LabelledRow;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.TextLoss;
import dev.savile.evaluate.metrics.Classification;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.report.Applied;
import dev.savile.evaluate.report.EvaluationReport;
import dev.savile.evaluate.report.Flip;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.Proportion;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.TrainingRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Run `savile eval`.
final class Eval {
    private static final int SHOWN_LABELS = 12;

    private final Console console;
    private final EvalVerb verb;
    private final PairedRows pairs;

    Eval(Console console, EvalVerb verb) {
        this.console = console;
        this.verb = verb;
        this.pairs = new PairedRows(console);
    }

    private record Scored(
            String name,
            Applied applied,
            List<Answer> answers,
            List<Score> scores,
            Classification classification,
            double seconds) {
        /// Whether every answer and its probability are those of another.
        boolean answersAs(Scored other) {
            for (int i = 0; i < answers.size(); i++) {
                Answer one = answers.get(i);
                Answer two = other.answers.get(i);
                if (!one.label().equals(two.label()) || one.probability() != two.probability()) return false;
            }
            return true;
        }
    }

    /// How the system compares with another on the same rows.
    private record Compared(Scored other, Comparison comparison, List<Flip> flips) {}

    int run() {
        Interrupts.watch(console, "no figure of a part is reported");
        if (TuneData.kind(Rows.file(verb.data), verb.data, verb.examples).isPresent()) return textLoss();
        if (verb.generate > 0)
            throw new UserError(
                    "eval.generate",
                    "labelled rows are scored by the probabilities of their labels",
                    "--generate is for rows with written answers",
                    "leave --generate away, or name the columns with --map prompt=...,completion=...");
        verb.options().checkLabelled();
        LabelledData data = Rows.read(verb.data);
        for (String warning : data.warnings()) console.progress().warn(warning);
        List<LabelledRow> rows = Rows.first(data.rows(), verb.limit);
        if (verb.against.size() > 1)
            throw new UserError(
                    "eval.against",
                    "--against is given " + verb.against.size() + " times",
                    "several systems are compared on a task, which keeps what was answered",
                    "write the task in five lines (docs/tasks.md) and use --task, or name one");
        for (String other : verb.against)
            pairs.folder(other); // a name that is not there is refused before time is spent
        pairs.beforehand(rows.size());
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console)) {
                Scored own = score(
                        session,
                        session.customizations().digest(),
                        session.bundle(),
                        session.tuning(),
                        rows,
                        data.labels(),
                        session.name());
                if (console.stop().requested()) return stopped();
                print(rows, own);
                Optional<Compared> compared =
                        verb.against.isEmpty() ? Optional.empty() : compare(session, rows, data.labels(), own);
                if (console.stop().requested()) return stopped();
                Map<String, Object> result = result(rows, own, compared);
                result.put("customizations", session.provenance());
                console.result(result);
                return ExitCode.OK;
            }
        });
    }

    /// Score rows that are no labelled texts by how well they are predicted.
    private int textLoss() {
        TaskInputs.refuse(
                verb.exactInterval,
                "--exact-interval",
                "these rows are scored by their loss or by texts, and no share of them is right");
        if (!verb.against.isEmpty())
            throw new UserError(
                    "eval.against",
                    "--against compares answers to labelled rows",
                    "these rows are scored by their loss",
                    "run eval once for each");
        TuneData data = TuneData.read(verb.data, verb.examples, Optional.empty(), verb.global.seed());
        for (String warning : data.warnings()) console.progress().warn(warning);
        if (verb.generate > 0) return new EvalAnswers(console, verb).run(data);
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console)) {
                session.refusePrompt("these rows are scored as they are", "leave it away");
                BaseModel base = session.base();
                List<? extends TrainingRow> rows =
                        Rows.first(data.scored(base, session.tuning(), verb.maxTokens), verb.limit);
                try (Progress.Task task = console.progress().start("scoring", rows.size(), "rows")) {
                    long started = System.nanoTime();
                    Optional<TextLoss> loss = TextLoss.of(base.model(), session.tuning(), rows, task, console.stop());
                    if (loss.isEmpty()) return stopped();
                    report(loss.get(), (System.nanoTime() - started) / 1e9);
                    return ExitCode.OK;
                }
            }
        });
    }

    private void report(TextLoss loss, double seconds) {
        console.print(String.format(
                Locale.ROOT, "%d rows, %d tokens in %.1f s: %s", loss.rows(), loss.tokens(), seconds, loss.sentence()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", loss.rows());
        result.put("tokens", loss.tokens());
        result.put("metrics", loss.fields());
        result.put("seconds", seconds);
        console.result(result);
    }

    private int stopped() {
        console.print("stopped before all rows were scored; nothing is reported of a part");
        return ExitCode.STOPPED;
    }

    /// @param customization digest of what is put over the base; empty for nothing
    private Scored score(
            Session session,
            String customization,
            Optional<PromptBundle> bundle,
            Tuning tuning,
            List<LabelledRow> rows,
            List<String> labels,
            String name) {
        PromptBundle prompt = bundle.orElseGet(() -> PromptBundle.classification(labels, true));
        if (prompt.reasoning().reasons())
            throw new UserError(
                    "eval.reasoning",
                    "the prompt of " + name + " reasons before it answers",
                    "--data scores the labels at once, which is not how it answers",
                    "write the rows as a task, in five lines (docs/tasks.md), and use savile eval --task");
        Applied applied = Applied.of(
                bundle.isPresent() ? "its own prompt" : "the usual prompt of labelled rows",
                session.base().digest(),
                customization,
                prompt);
        KnownLabels.check(console, name, prompt.labels(), labels);
        try (Progress.Task task = console.progress().start("scoring " + name, rows.size(), "rows")) {
            var answers = new LabelPrompts(
                            session.base(), tuning, prompt, Rows.overLength(verb.data), session.embedder())
                    .predict(rows.stream().map(LabelledRow::text).toList(), task, console.stop());
            int wanted = prompt.demos().wanted();
            long fewer = answers.answers().stream()
                    .filter(answer -> answer.demosKept() < wanted)
                    .count();
            if (fewer > 0)
                console.progress()
                        .warn(
                                fewer + " of " + answers.answers().size()
                                        + " prompts have fewer worked examples than were asked for: others did not fit, or repeat the row");
            List<String> gold = rows.stream()
                    .limit(answers.answers().size())
                    .map(LabelledRow::label)
                    .toList();
            if (gold.isEmpty())
                return new Scored(
                        name,
                        applied,
                        List.of(),
                        List.of(),
                        Classification.of(List.of("-"), List.of(new Prediction.Parsed("-"))),
                        0);
            Classification classification = LabelPrompts.classification(answers.answers(), gold);
            List<Score> scores = classification.scores("raw,label", "data", Rng.of(verb.global.seed(), "eval"));
            return new Scored(name, applied, answers.answers(), scores, classification, answers.seconds());
        }
    }

    /// @return nothing when a stop was requested before the end
    private Optional<Compared> compare(Session session, List<LabelledRow> rows, List<String> labels, Scored own) {
        String name = verb.against.getFirst();
        Optional<Path> folder = pairs.folder(name);
        Scored other;
        if (folder.isEmpty()) {
            other = score(session, "", Optional.empty(), Tuning.NONE, rows, labels, name);
        } else {
            Customization customization = Session.customization(folder.get(), session.base(), console);
            session.recall(customization);
            try (Customization.Attached attached = customization.attach(session.base())) {
                String digest = Customization.digest(folder.get());
                other = score(session, digest, customization.bundle(), attached.tuning(), rows, labels, name);
            }
        }
        if (other.answers().size() < rows.size()) return Optional.empty();
        print(rows, other);
        Comparison comparison = Comparison.of(
                credits(rows, own),
                credits(rows, other),
                verb.tolerance(1),
                Rng.of(verb.global.seed(), "against", own.name(), name));
        console.print("");
        console.print(comparison.sentence(own.name(), name));
        if (own.answersAs(other)) pairs.inert(own.name(), name, true);
        List<Flip> flips = flips(rows, own, other);
        pairs.flips(own.name(), name, flips, "--json");
        return Optional.of(new Compared(other, comparison, flips));
    }

    /// Clopper and Pearson's interval of the accuracy; nothing where labels share a first place.
    private static Optional<Interval> exact(List<LabelledRow> rows, Scored scored) {
        return Proportion.clopperPearson(credits(rows, scored), Score.LEVEL);
    }

    private static double[] credits(List<LabelledRow> rows, Scored scored) {
        return LabelPrompts.credits(
                scored.answers(), rows.stream().map(LabelledRow::label).toList());
    }

    private static List<Flip> flips(List<LabelledRow> rows, Scored own, Scored other) {
        List<Flip> flips = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            LabelledRow row = rows.get(i);
            double first = own.answers().get(i).credit(row.label());
            double second = other.answers().get(i).credit(row.label());
            if (first != second)
                flips.add(new Flip(
                        row.id(),
                        row.text(),
                        row.label(),
                        own.answers().get(i).label(),
                        other.answers().get(i).label(),
                        first,
                        second));
        }
        return flips;
    }

    private void print(List<LabelledRow> rows, Scored scored) {
        console.print("");
        console.print(scored.name() + ": " + rows.size() + " rows in "
                + String.format(Locale.ROOT, "%.1f s (%.1f rows/s)", scored.seconds(), rows.size() / scored.seconds()));
        for (Score score : scored.scores())
            console.print(String.format(Locale.ROOT, "  %-24s %s", score.name(), score.percent()));
        if (verb.exactInterval)
            console.print("  exact interval           "
                    + exact(rows, scored).map(PairedRows::percent).orElse("- (labels share the first place)"));
        var confusion = scored.classification().confusion();
        if (confusion.labels().size() <= SHOWN_LABELS) {
            console.print("");
            console.print("  gold \\ predicted, by number: " + numbered(confusion.labels()));
            for (int i = 0; i < confusion.labels().size(); i++) {
                var line = new StringBuilder(String.format(
                        Locale.ROOT, "  %2d %-24s", i + 1, confusion.labels().get(i)));
                for (String predicted : confusion.labels())
                    line.append(String.format(
                            Locale.ROOT,
                            "%5d",
                            confusion.count(i, confusion.labels().indexOf(predicted))));
                console.print(line.toString());
            }
        }
    }

    private static String numbered(List<String> labels) {
        var text = new StringBuilder();
        for (int i = 0; i < labels.size(); i++)
            text.append(i == 0 ? "" : ", ").append(i + 1).append(' ').append(labels.get(i));
        return text.toString();
    }

    private Map<String, Object> result(List<LabelledRow> rows, Scored own, Optional<Compared> compared) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", rows.size());
        result.putAll(fields(rows, own));
        result.put("seconds", own.seconds());
        PairedRows.detectable(rows.size()).ifPresent(gap -> result.put("minimumDetectableGap", gap));
        compared.ifPresent(found -> {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("system", found.other().name());
            fields.putAll(fields(rows, found.other()));
            fields.put("comparison", EvaluationReport.fields(found.comparison()));
            fields.put("inert", own.answersAs(found.other()));
            fields.put("flips", Flip.fields(found.flips()));
            result.put("against", List.of(fields));
        });
        return result;
    }

    private Map<String, Object> fields(List<LabelledRow> rows, Scored scored) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("metrics", Select.metrics(scored.scores()));
        if (verb.exactInterval) exact(rows, scored).ifPresent(exact -> fields.put("exactInterval", exact));
        fields.put("asked", scored.applied().asked());
        fields.put("applied", scored.applied().digests());
        return fields;
    }
}
