package dev.savile.cli;

import dev.savile.common.Evenly;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationSet;
import dev.savile.customization.Provenance;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.judge.ModelIdentity;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.report.Applied;
import dev.savile.evaluate.report.EvaluationReport;
import dev.savile.evaluate.report.Flip;
import dev.savile.evaluate.report.Judged;
import dev.savile.evaluate.report.ReportedSystem;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.RequestTimes;
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
import dev.savile.technique.Technique;
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
    private static final int SHOWN = 3;

    private final Console console;
    private final EvalVerb verb;
    private final TaskInputs inputs;
    private final PairedRows pairs;

    /// How a system is asked.
    ///
    /// @param prompt     it is asked with
    /// @param whose      the prompt is, in words
    /// @param calibrated whether `--calibrate` goes for it
    private record Way(PromptBundle prompt, String whose, boolean calibrated) {}

    EvalTask(Console console, EvalVerb verb) {
        this.console = console;
        this.verb = verb;
        this.inputs = new TaskInputs(verb.tasks, verb.global, console);
        this.pairs = new PairedRows(console);
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
        Interrupts.watch(
                console,
                verb.noCache
                        ? "no figure of a part is reported, and nothing is kept"
                        : "what was answered is kept; the same command goes on from there");
        verb.reports.forEach(EvaluationReport::check);
        TaskPrompt prompt = inputs.prompt();
        TaskData data = inputs.read();
        TaskSpec spec = data.spec();
        if (verb.latency < 0)
            throw new UserError(
                    "eval.latency",
                    "--latency is " + verb.latency,
                    "it is the number of requests that are timed",
                    "use for example --latency 20, or leave it away");
        if (spec.kind() == TaskKind.PERPLEXITY) {
            verb.options().checkPerplexity();
            TaskInputs.refuse(verb.latency > 0, "--latency", "the texts of the task are predicted, and nobody asks");
            Session.refusePrompt(
                    Session.customizations(verb.global, console),
                    "the texts of the task are predicted as they are",
                    "leave it away, or name another task");
        }
        List<TaskItem> items = verb.limit > 0 ? Evenly.of(data.test(), verb.limit) : data.test();
        console.print(spec.name() + " v" + spec.version() + ": " + spec.description() + "; " + items.size()
                + " rows to answer, " + data.train().size() + " to learn from");
        if (!verb.against.isEmpty()) checkAgainst(spec);
        if (spec.kind() != TaskKind.PERPLEXITY)
            pairs.beforehand(
                    items.size(),
                    PairedRows.groups(items.stream().map(TaskItem::group).toList()));
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
        Way asked = way(session.bundle(), prompt, data);
        TaskRun.requireSamples(data.spec(), asked.prompt());
        Optional<ReportedSystem> own = answer(
                session,
                data,
                items,
                session.name(),
                session.tuning(),
                asked,
                session.customizations().digest());
        if (own.isEmpty()) return stopped();
        print(own.get());
        List<ReportedSystem> others = new ArrayList<>();
        for (String other : verb.against) {
            Optional<ReportedSystem> second = against(session, data, items, prompt, other);
            if (second.isEmpty()) return stopped();
            print(second.get());
            others.add(second.get());
        }
        TaskResult first = own.get().result();
        List<Comparison> comparisons = first.against(
                others.stream().map(ReportedSystem::result).toList(),
                verb.tolerance(tolerance(data.spec(), first)),
                verb.global.seed());
        for (int i = 0; i < others.size(); i++) compare(own.get(), others.get(i), comparisons.get(i));
        if (others.isEmpty()) wrong(first);
        String holm = EvaluationReport.holm(comparisons.size());
        if (!holm.isEmpty()) console.print(holm);
        Map<String, Object> result = result(own.get(), others, comparisons);
        result.put("customizations", session.provenance());
        report(session, data, own.get(), others, comparisons, Optional.empty());
        if (verb.judge.judge != null) {
            String other = pairs.folder(verb.against.getFirst())
                    .map(Customization::open)
                    .map(saved -> new CustomizationSet(List.of(saved)).weightsDigest())
                    .orElse("");
            Optional<EvalJudge.Verdicts> judged = new EvalJudge(console, verb.judge, verb.global.seed(), !verb.noCache)
                    .run(
                            first,
                            others.getFirst().result(),
                            identity(session, session.customizations().weightsDigest()),
                            identity(session, other),
                            session);
            if (judged.isEmpty()) return ExitCode.STOPPED;
            result.put("judged", judged.get().fields());
            report(session, data, own.get(), others, comparisons, judged.map(EvalJudge.Verdicts::judged));
        }
        console.result(result);
        return ExitCode.OK;
    }

    /// Points that do not matter: as the task says, or what so many rows can tell.
    private double tolerance(TaskSpec spec, TaskResult result) {
        if (spec.tolerance().isPresent() || verb.against.isEmpty())
            return spec.tolerance().orElse(1);
        int groups =
                PairedRows.groups(result.items().stream().map(ItemResult::group).toList());
        double points = 100 * PairedRows.detectable(groups).orElse(0.99); // of few rows hardly any
        if (verb.tolerancePoints <= 0)
            console.print(
                    String.format(Locale.ROOT, "tolerance: %.1f points, the least that so many rows can tell", points));
        return points;
    }

    private static ModelIdentity identity(Session session, String weights) {
        return new ModelIdentity(session.base().name(), session.base().digest(), weights);
    }

    private void report(
            Session session,
            TaskData data,
            ReportedSystem own,
            List<ReportedSystem> others,
            List<Comparison> comparisons,
            Optional<Judged> judged) {
        if (verb.reports.isEmpty()) return;
        List<ReportedSystem> systems = new ArrayList<>(List.of(own));
        systems.addAll(others);
        Map<String, String> reproduction = new LinkedHashMap<>();
        reproduction.put("Task digest", data.spec().digest());
        reproduction.put("Base digest", session.base().digest());
        reproduction.put(
                "Tokenizer and template digest", session.base().encoder().digest());
        for (Map<String, Object> one : session.provenance())
            reproduction.put("Digest of " + one.get("name"), String.valueOf(one.get("digest")));
        reproduction.put("Precision", session.base().model().precision().label());
        reproduction.put("Seed", Long.toString(verb.global.seed()));
        reproduction.put("Savile", Provenance.VERSION);
        var report =
                new EvaluationReport(console.clock().instant().toString(), systems, comparisons, judged, reproduction);
        for (Path file : verb.reports) {
            report.write(file);
            console.print("wrote " + file);
        }
    }

    /// Refuse systems that cannot be compared, before time is spent.
    private void checkAgainst(TaskSpec spec) {
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
            pairs.folder(other); // a name that is not there is refused before time is spent
        }
    }

    /// The prompt options go to every system, over its own prompt where it has one and over the task's where it has
    /// none. A saved prompt that is compared with stays as it was saved, since it is itself a way to ask; and where
    /// no customization tells the two apart, the base is asked as the task asks.
    private Optional<ReportedSystem> against(
            Session session, TaskData data, List<TaskItem> items, TaskPrompt prompt, String other) {
        Optional<Path> folder = pairs.folder(other);
        if (folder.isEmpty()) {
            boolean alone = session.customizations().parts().isEmpty();
            return answer(
                    session,
                    data,
                    items,
                    alone ? "base as the task asks" : PairedRows.BASE,
                    Tuning.NONE,
                    alone
                            ? new Way(TaskPrompt.zeroShot().of(data), "the task's prompt", false)
                            : way(Optional.empty(), prompt, data),
                    "");
        }
        Customization customization = Session.customization(folder.get(), session.base(), console);
        session.recall(customization);
        boolean savedPrompt = customization.technique().equals(Technique.Prompt.ID);
        try (Customization.Attached attached = customization.attach(session.base())) {
            Way way = customization
                    .bundle()
                    .filter(_ -> savedPrompt)
                    .map(bundle -> new Way(bundle, "its own prompt as saved", false))
                    .orElseGet(() -> way(customization.bundle(), prompt, data));
            return answer(session, data, items, other, attached.tuning(), way, Customization.digest(folder.get()));
        }
    }

    /// How a system is asked that the prompt options go for.
    ///
    /// @param own its prompt, if it has one
    private Way way(Optional<PromptBundle> own, TaskPrompt options, TaskData data) {
        String whose = own.isPresent() ? "its own prompt" : "the task's prompt";
        PromptBundle asked = inputs.bundle(own, options, data);
        boolean changed = !asked.digest()
                .equals(inputs.bundle(own, TaskPrompt.unchanged(), data).digest());
        return new Way(asked, changed ? whose + " with the options given" : whose, true);
    }

    private Optional<ReportedSystem> answer(
            Session session,
            TaskData data,
            List<TaskItem> items,
            String name,
            Tuning tuning,
            Way way,
            String customization) {
        if (!way.prompt().labels().isEmpty())
            KnownLabels.check(console, name, way.prompt().labels(), data.labels());
        var system = new TaskSystem(
                name, session.base(), tuning, way.prompt(), Rows.overLength(verb.data), session.embedder());
        try (AnswerCache cache = verb.noCache ? AnswerCache.none() : inputs.cache(session, customization)) {
            Optional<TaskSystem> asked = way.calibrated() ? inputs.measured(system, data, cache) : Optional.of(system);
            if (asked.isEmpty()) return Optional.empty();
            var run = new TaskRun(data, asked.get(), cache, verb.global.seed(), console.progress(), console.stop());
            Optional<TaskResult> result = run.run(items, "test");
            if (result.isEmpty()) return Optional.empty();
            Optional<RequestTimes> times =
                    verb.latency > 0 ? run.times(Evenly.of(items, verb.latency)) : Optional.empty();
            if (verb.latency > 0 && times.isEmpty())
                console.progress()
                        .warn(
                                console.stop().requested()
                                        ? "stopped before requests were timed"
                                        : "no request was timed: none of the rows fits the context");
            Applied applied = Applied.of(
                    way.whose(),
                    session.base().digest(),
                    customization,
                    asked.get().bundle());
            return Optional.of(new ReportedSystem(result.get(), applied, times));
        }
    }

    private int stopped() {
        console.print("stopped before all rows were answered; "
                + (verb.noCache ? "nothing is kept with --no-cache" : "the same command goes on from there"));
        return ExitCode.STOPPED;
    }

    private void print(ReportedSystem system) {
        TaskResult result = system.result();
        console.print("");
        console.print(result.system() + ": " + result.items().size() + " rows in " + Units.seconds(result.seconds())
                + (result.cached() > 0 ? ", " + result.cached() + " answers from an earlier run" : ""));
        for (Score score : result.scores())
            console.print(String.format(Locale.ROOT, "  %-30s %s", score.name(), score.shown()));
        if (verb.exactInterval)
            console.print("  exact interval                 "
                    + result.exact()
                            .map(PairedRows::percent)
                            .orElse("- (the primary score is no share of right rows that are independent)"));
        if (!result.items().isEmpty())
            console.print(String.format(
                    Locale.ROOT,
                    "  tokens a row                   %.0f in the prompt, %.1f written",
                    result.meanPromptTokens(),
                    result.meanWrittenTokens()));
        system.requests()
                .ifPresent(times -> console.print(String.format(
                        Locale.ROOT,
                        "  a request takes                %.0f ms (p50), %.0f ms (p95), of %d alone",
                        1000 * times.p50(),
                        1000 * times.p95(),
                        times.seconds().size())));
        if (result.peakBytes() > 0)
            console.print("  memory at most                 " + Units.bytes(result.peakBytes()));
        console.print("  asked with                     " + system.applied().asked());
        for (String warning : result.warnings()) console.progress().warn(warning);
    }

    private void compare(ReportedSystem system, ReportedSystem beside, Comparison comparison) {
        TaskResult own = system.result();
        TaskResult other = beside.result();
        console.print("");
        console.print(comparison.sentence(own.system(), other.system()));
        if (askedOtherwise(system.applied(), beside.applied()))
            console.print("they are asked in different ways: " + own.system() + " with "
                    + system.applied().asked() + "; " + other.system() + " with "
                    + beside.applied().asked());
        if (own.answersAs(other))
            pairs.inert(own.system(), other.system(), own.items().getFirst().probability() > 0);
        pairs.flips(own.system(), other.system(), Flip.of(own, other), "--json, or a --report,");
    }

    /// Prompts that differ by what each system's calibration measured alone are the same way to ask.
    private static boolean askedOtherwise(Applied one, Applied other) {
        return !one.prompt().equals(other.prompt()) && !one.asked().equals(other.asked());
    }

    private void wrong(TaskResult result) {
        List<ItemResult> wrong = result.items().stream()
                .filter(item -> !item.right())
                .limit(SHOWN)
                .toList();
        if (!wrong.isEmpty()) console.print("first wrong answers:");
        for (ItemResult item : wrong) {
            console.print("  asked:  " + PairedRows.line(item.input()));
            console.print("  wanted: " + PairedRows.line(item.references().getFirst()) + "; answered: "
                    + PairedRows.line(item.said()));
        }
    }

    private Map<String, Object> result(
            ReportedSystem system, List<ReportedSystem> others, List<Comparison> comparisons) {
        TaskResult own = system.result();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("task", own.task());
        result.put("rows", own.items().size());
        result.putAll(fields(system));
        result.put("unparsed", own.unparsed());
        result.put("cutAtLength", own.cutAtLength());
        result.put("failed", own.failed());
        result.put("cached", own.cached());
        result.put("seconds", own.seconds());
        if (!own.items().isEmpty())
            PairedRows.detectable(PairedRows.groups(
                            own.items().stream().map(ItemResult::group).toList()))
                    .ifPresent(gap -> result.put("minimumDetectableGap", gap));
        List<Map<String, Object>> against = new ArrayList<>();
        for (int i = 0; i < others.size(); i++) {
            TaskResult other = others.get(i).result();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("system", other.system());
            fields.putAll(fields(others.get(i)));
            fields.put("comparison", EvaluationReport.fields(comparisons.get(i)));
            fields.put("inert", own.answersAs(other));
            fields.put("flips", Flip.fields(Flip.of(own, other)));
            against.add(fields);
        }
        if (!against.isEmpty()) result.put("against", against);
        if (against.size() > 1) result.put("adjusted", "holm");
        return result;
    }

    private Map<String, Object> fields(ReportedSystem system) {
        TaskResult result = system.result();
        Map<String, Object> metrics = new LinkedHashMap<>();
        for (Score score : result.scores())
            metrics.put(score.name(), score.interval().fields(score.value()));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("metrics", metrics);
        if (verb.exactInterval) result.exact().ifPresent(exact -> fields.put("exactInterval", exact));
        fields.put("asked", system.applied().asked());
        fields.put("applied", system.applied().digests());
        fields.put("promptTokens", result.meanPromptTokens());
        fields.put("writtenTokens", result.meanWrittenTokens());
        if (result.peakBytes() > 0) fields.put("peakBytes", result.peakBytes());
        system.requests().ifPresent(times -> fields.put("request", EvaluationReport.fields(times)));
        return fields;
    }
}
