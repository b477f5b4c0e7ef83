package dev.savile.cli;

import dev.savile.common.Evenly;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.judge.ModelIdentity;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.report.EvaluationReport;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.SampleSize;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskResult;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSpec;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.model.Tuning;
import dev.savile.technique.prompt.PromptBundle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Run `savile eval --task`: ask a system the questions of a task, alone or beside others.
final class EvalTask {
    /// Share of items on which two systems are expected to differ, for what is said before a run.
    private static final double USUAL_DISAGREEMENT = 0.1;

    private static final int SHOWN = 3;

    private final Console console;
    private final EvalVerb verb;
    private final TaskInputs inputs;

    EvalTask(Console console, EvalVerb verb) {
        this.console = console;
        this.verb = verb;
        this.inputs = new TaskInputs(verb.tasks, verb.global, console);
    }

    /// List the tasks that come with Savile.
    int list() {
        List<Map<String, Object>> listed = new ArrayList<>();
        for (TaskSpec task : TaskCatalog.all()) {
            console.print(String.format(
                    Locale.ROOT, "%-36s %-11s %s", task.name(), task.kind().id(), task.description()));
            listed.add(Map.of(
                    "name", task.name(),
                    "kind", task.kind().id(),
                    "description", task.description(),
                    "metrics", task.metrics()));
        }
        console.result(Map.of("tasks", listed));
        return ExitCode.OK;
    }

    int run() {
        Interrupts.watch(console, "what was answered is kept; the same command goes on from there");
        verb.reports.forEach(EvaluationReport::check);
        TaskPrompt prompt = inputs.prompt();
        TaskData data = inputs.read();
        TaskSpec spec = data.spec();
        List<TaskItem> items = verb.limit > 0 ? Evenly.of(data.test(), verb.limit) : data.test();
        console.print(spec.name() + " v" + spec.version() + ": " + spec.description() + "; " + items.size()
                + " rows to answer, " + data.train().size() + " to learn from");
        if (!verb.against.isEmpty()) beforehand(spec, items.size());
        if (verb.judge.judge != null
                && (verb.against.size() != 1 || !spec.kind().written()))
            throw new UserError(
                    "judge.pairs",
                    "--judge has no pairs to compare",
                    "a judge says which of two written answers is better",
                    "give one --against and a task whose answers are written, or leave --judge away");
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console)) {
                return run(session, data, items, prompt);
            }
        });
    }

    private int run(Session session, TaskData data, List<TaskItem> items, TaskPrompt prompt) {
        String name = verb.global.customizations().isEmpty()
                ? "base"
                : verb.global.customizations().getFirst();
        Optional<TaskResult> own = answer(
                session,
                data,
                items,
                name,
                session.tuning(),
                inputs.bundle(session, data, prompt),
                session.customization().map(Customization::folder));
        if (own.isEmpty()) return stopped();
        print(own.get());
        List<TaskResult> others = new ArrayList<>();
        for (String other : verb.against) {
            Optional<TaskResult> second = against(session, data, items, prompt, other);
            if (second.isEmpty()) return stopped();
            print(second.get());
            others.add(second.get());
        }
        List<Comparison> comparisons =
                own.get().against(others, verb.tolerance(data.spec().tolerance()), verb.global.seed());
        for (int i = 0; i < others.size(); i++) compare(own.get(), others.get(i), comparisons.get(i));
        if (others.isEmpty()) wrong(own.get());
        String holm = EvaluationReport.holm(comparisons.size());
        if (!holm.isEmpty()) console.print(holm);
        report(session, data, own.get(), others, comparisons);
        Map<String, Object> result = result(own.get(), others, comparisons);
        if (verb.judge.judge != null)
            result.put(
                    "judged",
                    new EvalJudge(console, verb.judge, verb.global.seed())
                            .run(
                                    own.get(),
                                    others.getFirst(),
                                    identity(session, session.customization().map(Customization::folder)),
                                    identity(session, otherFolder(verb.against.getFirst())),
                                    session));
        console.result(result);
        return ExitCode.OK;
    }

    private Optional<Path> otherFolder(String other) {
        return other.equals("base")
                ? Optional.empty()
                : Optional.of(new Registry(console.env().home()).find(other));
    }

    private static ModelIdentity identity(Session session, Optional<Path> customization) {
        return new ModelIdentity(
                session.base().name(),
                session.base().digest(),
                customization.map(Customization::digest).orElse(""));
    }

    private void report(
            Session session, TaskData data, TaskResult own, List<TaskResult> others, List<Comparison> comparisons) {
        if (verb.reports.isEmpty()) return;
        List<TaskResult> results = new ArrayList<>(List.of(own));
        results.addAll(others);
        Map<String, String> reproduction = new LinkedHashMap<>();
        reproduction.put("Task digest", data.spec().digest());
        reproduction.put("Base digest", session.base().digest());
        reproduction.put(
                "Tokenizer and template digest", session.base().encoder().digest());
        reproduction.put("Precision", session.base().model().precision().label());
        reproduction.put("Seed", Long.toString(verb.global.seed()));
        reproduction.put("Savile", Provenance.VERSION);
        var report = new EvaluationReport(console.clock().instant().toString(), results, comparisons, reproduction);
        for (Path file : verb.reports) {
            report.write(file);
            console.print("wrote " + file);
        }
    }

    /// Say what so many rows can show, before time is spent on them.
    private void beforehand(TaskSpec spec, int rows) {
        if (spec.kind() == TaskKind.PERPLEXITY)
            throw new UserError(
                    "eval.against",
                    "--against compares answers, and the task " + spec.name() + " has none",
                    "its texts are scored by how well they are predicted",
                    "run eval once for each");
        for (String other : verb.against) {
            if (Collections.frequency(verb.against, other) > 1)
                throw new UserError(
                        "eval.against",
                        "--against names '" + other + "' twice",
                        "a system is compared once",
                        "leave one of them away");
            otherFolder(other); // a name that is not there is refused before time is spent
        }
        SampleSize.minimumDetectableGap(rows, USUAL_DISAGREEMENT)
                .ifPresentOrElse(
                        gap -> console.print(String.format(
                                Locale.ROOT,
                                "with %d rows a gap of %.1f points or more is found four times in five (if the two differ on 10 %% of the rows)",
                                rows,
                                100 * gap)),
                        () -> console.print("with " + rows + " rows hardly any gap can be found"));
    }

    private Optional<TaskResult> against(
            Session session, TaskData data, List<TaskItem> items, TaskPrompt prompt, String other) {
        if (other.equals("base"))
            return answer(
                    session,
                    data,
                    items,
                    session.customization().isEmpty() ? "base as the task asks" : "base",
                    Tuning.NONE,
                    TaskPrompt.zeroShot().of(data),
                    Optional.empty());
        Customization customization =
                Customization.open(new Registry(console.env().home()).find(other));
        customization.doubt(session.base()).ifPresent(console.progress()::warn);
        try (Customization.Attached attached = customization.attach(session.base())) {
            PromptBundle bundle = customization
                    .bundle()
                    .map(own -> TaskPrompt.unchanged().over(own, data))
                    .orElseGet(() -> prompt.of(data));
            return answer(session, data, items, other, attached.tuning(), bundle, Optional.of(customization.folder()));
        }
    }

    private Optional<TaskResult> answer(
            Session session,
            TaskData data,
            List<TaskItem> items,
            String name,
            Tuning tuning,
            PromptBundle bundle,
            Optional<Path> customization) {
        var system = new TaskSystem(name, session.base(), tuning, bundle, Rows.overLength(verb.data));
        try (AnswerCache cache = verb.noCache ? AnswerCache.none() : inputs.cache(session, customization)) {
            return inputs.calibrated(system, data, cache).flatMap(calibrated -> new TaskRun(
                            data, calibrated, cache, verb.global.seed(), console.progress(), console.stop())
                    .run(items, "test"));
        }
    }

    private int stopped() {
        console.print("stopped before all rows were answered; the same command goes on from there");
        return ExitCode.STOPPED;
    }

    private void print(TaskResult result) {
        console.print("");
        console.print(result.system() + ": " + result.items().size() + " rows in " + Units.seconds(result.seconds())
                + (result.cached() > 0 ? ", " + result.cached() + " answers from an earlier run" : ""));
        for (Score score : result.scores())
            console.print(String.format(Locale.ROOT, "  %-30s %s", score.name(), EvaluationReport.shown(score)));
        if (!result.items().isEmpty())
            console.print(String.format(
                    Locale.ROOT,
                    "  tokens a row                   %.0f in the prompt, %.1f written",
                    result.meanPromptTokens(),
                    result.meanWrittenTokens()));
        for (String warning : result.warnings()) console.progress().warn(warning);
    }

    private void compare(TaskResult own, TaskResult other, Comparison comparison) {
        console.print("");
        console.print(comparison.sentence(own.system(), other.system()));
        if (own.answersAs(other))
            console.progress()
                    .warn(own.system() + " and " + other.system() + " gave every answer alike"
                            + (own.items().getFirst().probability() > 0 ? ", to the last digit of its probability" : "")
                            + ": a customization may not be in use (inert)");
        List<List<Integer>> flips = own.flips(other);
        console.print("better on " + flips.getFirst().size() + " rows, worse on "
                + flips.getLast().size());
        for (int side = 0; side < 2; side++) {
            boolean better = side == 0;
            for (int i : flips.get(side).stream().limit(SHOWN).toList()) {
                console.print((better ? "  better: " : "  worse:  ")
                        + line(own.items().get(i).input()));
                console.print(
                        "    wanted " + line(own.items().get(i).references().getFirst()) + "; " + own.system() + ": "
                                + line(said(own.items().get(i))) + "; " + other.system() + ": "
                                + line(said(other.items().get(i))));
            }
        }
    }

    private void wrong(TaskResult result) {
        List<ItemResult> wrong = result.items().stream()
                .filter(item -> !item.right())
                .limit(SHOWN)
                .toList();
        if (!wrong.isEmpty()) console.print("first wrong answers:");
        for (ItemResult item : wrong) {
            console.print("  asked:  " + line(item.input()));
            console.print("  wanted: " + line(item.references().getFirst()) + "; answered: " + line(said(item)));
        }
    }

    private static String said(ItemResult item) {
        return item.unparsed().isEmpty() ? item.answer() : "(" + item.unparsed() + ") " + item.output();
    }

    private static String line(String text) {
        String one = text.strip().replaceAll("\\s+", " ");
        return one.length() <= 160 ? one : one.substring(0, 157) + "...";
    }

    private static Map<String, Object> result(TaskResult own, List<TaskResult> others, List<Comparison> comparisons) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("task", own.task());
        result.put("rows", own.items().size());
        result.put("metrics", metrics(own));
        result.put("promptTokens", own.meanPromptTokens());
        result.put("writtenTokens", own.meanWrittenTokens());
        result.put("unparsed", own.unparsed());
        result.put("cutAtLength", own.cutAtLength());
        result.put("failed", own.failed());
        result.put("cached", own.cached());
        result.put("seconds", own.seconds());
        List<Map<String, Object>> against = new ArrayList<>();
        for (int i = 0; i < others.size(); i++) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("system", others.get(i).system());
            fields.put("metrics", metrics(others.get(i)));
            fields.put("comparison", EvaluationReport.fields(comparisons.get(i)));
            fields.put("inert", own.answersAs(others.get(i)));
            against.add(fields);
        }
        if (!against.isEmpty()) result.put("against", against);
        if (against.size() > 1) result.put("adjusted", "holm");
        return result;
    }

    private static Map<String, Object> metrics(TaskResult result) {
        Map<String, Object> metrics = new LinkedHashMap<>();
        for (Score score : result.scores())
            metrics.put(score.name(), Eval.metric(score.value(), Optional.of(score.interval())));
        return metrics;
    }
}
