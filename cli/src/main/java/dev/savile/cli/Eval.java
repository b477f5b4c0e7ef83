package dev.savile.cli;

import dev.savile.common.Progress;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.Registry;
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
import dev.savile.evaluate.report.EvaluationReport;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.model.BaseModel;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Run `savile eval`.
final class Eval {
    private static final int SHOWN_LABELS = 12;

    private final Console console;
    private final EvalVerb verb;

    Eval(Console console, EvalVerb verb) {
        this.console = console;
        this.verb = verb;
    }

    private record Scored(List<Answer> answers, List<Score> scores, Classification classification, double seconds) {}

    int run() {
        Interrupts.watch(console, "no figure of a part is reported");
        if (TuneData.kind(Rows.file(verb.data), verb.data, verb.examples).isPresent()) return textLoss();
        if (verb.generate > 0)
            throw new UserError(
                    "eval.generate",
                    "labelled rows are scored by the probabilities of their labels",
                    "--generate is for rows with written answers",
                    "leave --generate away, or name the columns with --map prompt=...,completion=...");
        LabelledData data = Rows.read(verb.data);
        for (String warning : data.warnings()) console.progress().warn(warning);
        List<LabelledRow> rows = Rows.first(data.rows(), verb.limit);
        if (verb.against.size() > 1)
            throw new UserError(
                    "eval.against",
                    "--against is given " + verb.against.size() + " times",
                    "several systems are compared on a task, which keeps what was answered",
                    "write the task in five lines (docs/tasks.md) and use --task, or name one");
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console)) {
                String name = verb.global.customizations().isEmpty()
                        ? "base"
                        : verb.global.customizations().getFirst();
                Scored own = score(session, session.bundle(), session.tuning(), rows, data.labels(), name);
                if (console.stop().requested()) return stopped();
                print(name, rows, own);
                Comparison comparison = null;
                if (!verb.against.isEmpty()) comparison = compare(session, rows, data.labels(), name, own);
                if (console.stop().requested()) return stopped();
                console.result(result(rows, own, verb.against, comparison));
                return ExitCode.OK;
            }
        });
    }

    /// Score rows that are no labelled texts by how well they are predicted.
    private int textLoss() {
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
        String interval = loss.interval()
                .map(i -> String.format(Locale.ROOT, " (%.4f..%.4f)", i.low(), i.high()))
                .orElse("");
        console.print(String.format(
                Locale.ROOT,
                "%d rows, %d tokens in %.1f s: loss %.4f%s nats a token, perplexity %.2f",
                loss.rows(),
                loss.tokens(),
                seconds,
                loss.loss(),
                interval,
                loss.perplexity()));
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("loss", metric(loss.loss(), loss.interval()));
        metrics.put(
                "perplexity",
                metric(
                        loss.perplexity(),
                        loss.interval().map(i -> new Interval(Math.exp(i.low()), Math.exp(i.high())))));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", loss.rows());
        result.put("tokens", loss.tokens());
        result.put("metrics", metrics);
        result.put("seconds", seconds);
        console.result(result);
    }

    /// A figure with its interval, as results have it.
    static Map<String, Object> metric(double value, Optional<Interval> interval) {
        Map<String, Object> metric = new LinkedHashMap<>();
        metric.put("value", value);
        interval.ifPresent(i -> {
            metric.put("low", i.low());
            metric.put("high", i.high());
        });
        return metric;
    }

    private int stopped() {
        console.print("stopped before all rows were scored; nothing is reported of a part");
        return ExitCode.STOPPED;
    }

    private Scored score(
            Session session,
            Optional<PromptBundle> bundle,
            Tuning tuning,
            List<LabelledRow> rows,
            List<String> labels,
            String name) {
        PromptBundle prompt = bundle.orElseGet(() -> PromptBundle.classification(labels, true));
        List<String> unknown = labels.stream()
                .filter(label -> !prompt.labels().contains(label))
                .toList();
        if (!unknown.isEmpty())
            console.progress()
                    .warn(name + " has never seen " + unknown.size() + " of the labels ("
                            + String.join(", ", unknown.stream().limit(5).toList()) + "); their rows count as wrong");
        if (unknown.size() == labels.size())
            throw new UserError(
                    "eval.labels",
                    "none of the labels of the data is known to " + name,
                    "every answer would be wrong",
                    "check --label; it knows: "
                            + String.join(
                                    ", ", prompt.labels().stream().limit(10).toList()));
        try (Progress.Task task = console.progress().start("scoring " + name, rows.size(), "rows")) {
            var answers = new LabelPrompts(session.base(), tuning, prompt, Rows.overLength(verb.data))
                    .predict(rows.stream().map(LabelledRow::text).toList(), task, console.stop());
            List<Prediction> predictions = new ArrayList<>();
            for (Answer answer : answers.answers()) predictions.add(new Prediction.Parsed(answer.label()));
            List<String> gold = rows.stream()
                    .limit(predictions.size())
                    .map(LabelledRow::label)
                    .toList();
            if (gold.isEmpty())
                return new Scored(
                        List.of(), List.of(), Classification.of(List.of("-"), List.of(new Prediction.Parsed("-"))), 0);
            var classification = Classification.of(gold, predictions);
            List<Score> scores = classification.scores("raw,label", "data", Rng.of(verb.global.seed(), "eval", name));
            return new Scored(answers.answers(), scores, classification, answers.seconds());
        }
    }

    private Comparison compare(Session session, List<LabelledRow> rows, List<String> labels, String name, Scored own) {
        String other = verb.against.getFirst();
        Scored second;
        if (other.equals("base")) {
            second = score(session, Optional.empty(), Tuning.NONE, rows, labels, "base");
        } else {
            Customization customization =
                    Customization.open(new Registry(console.env().home()).find(other));
            customization.doubt(session.base()).ifPresent(console.progress()::warn);
            try (Customization.Attached attached = customization.attach(session.base())) {
                second = score(session, customization.bundle(), attached.tuning(), rows, labels, other);
            }
        }
        if (second.answers().size() < rows.size())
            return Comparison.of(correct(rows, own), correct(rows, own), verb.tolerance(1));
        print(other, rows, second);
        Comparison comparison = Comparison.of(correct(rows, own), correct(rows, second), verb.tolerance(1));
        console.print("");
        console.print(comparison.sentence(name, other));
        return comparison;
    }

    private static boolean[] correct(List<LabelledRow> rows, Scored scored) {
        boolean[] correct = new boolean[scored.answers().size()];
        for (int i = 0; i < correct.length; i++)
            correct[i] = scored.answers().get(i).label().equals(rows.get(i).label());
        return correct;
    }

    private void print(String name, List<LabelledRow> rows, Scored scored) {
        console.print("");
        console.print(name + ": " + rows.size() + " rows in "
                + String.format(Locale.ROOT, "%.1f s (%.1f rows/s)", scored.seconds(), rows.size() / scored.seconds()));
        for (Score score : scored.scores())
            console.print(String.format(Locale.ROOT, "  %-24s %s", score.name(), score.percent()));
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

    private static Map<String, Object> result(
            List<LabelledRow> rows, Scored own, List<String> against, @Nullable Comparison comparison) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("rows", rows.size());
        result.put("metrics", Select.metrics(own.scores()));
        result.put("seconds", own.seconds());
        if (comparison != null) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("system", against.getFirst());
            fields.put("comparison", EvaluationReport.fields(comparison));
            result.put("against", List.of(fields));
        }
        return result;
    }
}
