package dev.savile.cli;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.Units;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationSet;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.Provenance;
import dev.savile.customization.Registry;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.task.Drawing;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.select.Budget;
import dev.savile.select.optimize.OptimizedPrompt;
import dev.savile.select.optimize.PromptOptimizer;
import dev.savile.select.optimize.PromptStep;
import dev.savile.select.optimize.Rationales;
import dev.savile.technique.Technique;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.DemoVectors;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Run `savile prompt`.
final class Prompt {
    private static final int USUAL_SHOTS = 4;

    private final Console console;
    private final PromptVerb verb;
    private final TaskInputs inputs;
    private final Registry registry;

    Prompt(Console console, PromptVerb verb) {
        this.console = console;
        this.verb = verb;
        this.inputs = new TaskInputs(verb.tasks, verb.global, console);
        this.registry = new Registry(console.env().home());
    }

    int run() {
        int wanted =
                switch (verb.action) {
                    case SAVE, OPTIMIZE, RATIONALES -> 0;
                    case SHOW -> 1;
                    case DIFF -> 2;
                };
        if (verb.names.size() != wanted)
            throw new UserError(
                    "prompt.names",
                    verb.action + " was given " + verb.names.size() + " names, it takes " + wanted,
                    "they say which prompts are meant",
                    "see savile prompt --help");
        verb.requireEffect();
        return switch (verb.action) {
            case SAVE -> save();
            case OPTIMIZE -> optimize();
            case RATIONALES -> rationales();
            case SHOW -> show();
            case DIFF -> diff();
        };
    }

    private int save() {
        Interrupts.watch(console, "nothing is saved; the same command goes on from there");
        TaskPrompt changes = inputs.prompt();
        TaskData data = read();
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console);
                    AnswerCache cache = cache(session)) {
                TaskSystem asked = system(session, inputs.bundle(session.bundle(), changes, data));
                Optional<TaskSystem> measured = inputs.measured(asked, data, cache);
                if (measured.isEmpty()) return ExitCode.STOPPED;
                PromptBundle bundle = measured.get().bundle();
                Path saved = publish(session, data, bundle, Map.of(), Map.of());
                console.print("saved " + saved);
                console.result(Map.of("customization", saved.toString(), "digest", bundle.digest()));
                return ExitCode.OK;
            }
        });
    }

    private int optimize() {
        inputs.refuseMeasured("the search tries examples and each way of calibration itself, and takes what helps");
        Interrupts.watch(console, "the best prompt found so far is kept");
        TaskPrompt changes = inputs.prompt();
        TaskData data = read();
        double seconds = Units.duration(verb.budget).toSeconds();
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console);
                    AnswerCache cache = cache(session)) {
                TaskSystem system = system(session, inputs.bundle(session.bundle(), changes, data));
                OptimizedPrompt found = new PromptOptimizer(
                                data,
                                system,
                                cache,
                                verb.tolerancePoints / 100,
                                new Budget(seconds, System::nanoTime),
                                verb.global.seed(),
                                console.progress(),
                                console.stop())
                        .run(verb.instructions);
                report(found);
                Map<String, Object> measured = new LinkedHashMap<>();
                measured.put("inner-dev-rows", found.dev());
                measured.put("steps", found.steps());
                Path saved = publish(session, data, found.bundle(), Map.of("optimized", true), measured);
                console.print("saved " + saved);
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("customization", saved.toString());
                result.put("digest", found.bundle().digest());
                result.put("helped", found.helped());
                result.put("steps", found.steps());
                console.result(result);
                return found.stopped() && console.stop().requested() ? ExitCode.STOPPED : ExitCode.OK;
            }
        });
    }

    private int rationales() {
        TaskInputs.refuse(
                verb.tasks.demoPool != null,
                "--demo-pool",
                "the examples are the rows that the model solves; --rows says how many it tries");
        TaskInputs.refuse(
                inputs.reasoning().filter(way -> way != Reasoning.Mode.FEW_SHOT).isPresent(),
                "--reasoning",
                "what is made are worked examples that reason, which is few-shot");
        TaskInputs.refuse(
                verb.tasks.demoFilter != null, "--demo-filter", "all examples are rows that the model solves");
        Interrupts.watch(console, "what was answered is kept; the same command goes on from there");
        TaskData data = read();
        TaskInputs.refuse(
                verb.tasks.calibrate != null && data.spec().kind() != TaskKind.LABEL,
                "--calibrate",
                "only the probabilities of a task's fixed labels are calibrated");
        TaskPrompt.Examples shown = inputs.examples(USUAL_SHOTS);
        if (shown.none())
            throw new UserError(
                    "prompt.rationales",
                    "worked examples that reason are to be made, and none is to be shown",
                    "without examples the prompt has nothing of what is found",
                    "leave --shots and --demos away, or give --shots at least 1 and --demos another way than none");
        Drawing drawing = inputs.drawing();
        Reasoning plain = Reasoning.of(Reasoning.Mode.FEW_SHOT);
        Reasoning usual = plain.voting(inputs.samples().orElse(1));
        drawing.require( // before time is spent
                PromptBundle.plain()
                        .change()
                        .reasoning(drawing.over(usual))
                        .decoding(drawing.over(PromptBundle.Decoding.usual()))
                        .done(),
                true);
        TaskPrompt changes = inputs.withoutExamples()
                .with(Drawing.unchanged()) // ways are made as they are always made
                .with(TaskPrompt.Examples.of(DemoStrategy.NONE, 0, 0))
                .with(Reasoning.Mode.ZERO_SHOT, 1);
        return EngineThread.call(() -> {
            try (Session session = Session.open(verb.global, console);
                    AnswerCache cache = cache(session)) {
                PromptBundle given = inputs.bundle(session.bundle(), changes, data);
                PromptBundle start = given.change().reasoning(Reasoning.none()).done();
                Reasoning votes = drawing.over(plain.drawnLike(given.reasoning())
                        .voting(inputs.samples().orElse(1)));
                TaskSystem system = system(session, start);
                Optional<Rationales> found = Rationales.of(
                        data, system, cache, verb.rows, verb.global.seed(), console.progress(), console.stop());
                if (found.isEmpty()) return ExitCode.STOPPED;
                Rationales kept = found.get();
                console.print(kept.demos().size() + " of " + kept.asked() + " questions were solved, by try: "
                        + kept.byTry());
                List<Demo> examples = kept.filledTo(shown.shots(), data);
                if (examples.size() > kept.demos().size())
                    console.progress()
                            .warn((examples.size() - kept.demos().size()) + " of " + examples.size()
                                    + " worked examples show their answer alone: too few ways led to a right one");
                PromptBundle reasoning = start.change()
                        .reasoning(votes)
                        .demos(shown.demos(examples))
                        .decoding(drawing.over(start.decoding()))
                        .done();
                Optional<TaskSystem> measured = inputs.measured(system.with("prompt", reasoning), data, cache);
                if (measured.isEmpty()) return ExitCode.STOPPED;
                PromptBundle bundle = measured.get().bundle();
                Path saved = publish(
                        session,
                        data,
                        bundle,
                        Map.of("rationales", true),
                        Map.of("asked", kept.asked(), "by-try", kept.byTry()));
                console.print("saved " + saved);
                console.result(Map.of(
                        "customization", saved.toString(),
                        "digest", bundle.digest(),
                        "asked", kept.asked(),
                        "kept", kept.demos().size()));
                return ExitCode.OK;
            }
        });
    }

    private void report(OptimizedPrompt found) {
        console.print(found.dev() + " rows to compare on, " + found.pool() + " rows to take examples from");
        for (PromptStep step : found.steps())
            console.print(String.format(
                    Locale.ROOT,
                    "%-12s %2d tried%s  log-probability %.3f -> %.3f%s on %d rows%s  p %.4f  %s: %s",
                    step.what(),
                    step.tried(),
                    step.proposed() == 0 ? "" : " (" + step.proposed() + " in the model's own words)",
                    step.before(),
                    step.after(),
                    gain(step),
                    step.rows(),
                    right(step),
                    step.p(),
                    step.accepted() ? "taken" : "left (" + step.reason() + ")",
                    step.best()));
        if (!found.helped()) console.print("nothing helped: the prompt stays as it was");
        if (found.stopped()) console.print("time ran out before all was tried");
    }

    private static String gain(PromptStep step) {
        Interval gain = step.gain();
        return gain.bounded() ? String.format(Locale.ROOT, " (%+.3f..%+.3f)", gain.low(), gain.high()) : "";
    }

    /// Shares of right answers, where answers are chosen.
    private static String right(PromptStep step) {
        if (step.accuracyBefore().isEmpty() || step.accuracyAfter().isEmpty()) return "";
        return String.format(
                Locale.ROOT,
                "  right %.1f %% -> %.1f %%",
                100 * step.accuracyBefore().getAsDouble(),
                100 * step.accuracyAfter().getAsDouble());
    }

    private static TaskSystem system(Session session, PromptBundle bundle) {
        return session.under(bundle).with("prompt", bundle);
    }

    private AnswerCache cache(Session session) {
        return inputs.cache(session, session.customizations().digest());
    }

    /// Read the task; a name under which nothing could be saved is refused before time is spent.
    private TaskData read() {
        TaskData data = inputs.read();
        Registry.requireName(name(data));
        return data;
    }

    private String name(TaskData data) {
        return Optional.ofNullable(verb.name).orElse(data.spec().name());
    }

    private Path publish(
            Session session,
            TaskData data,
            PromptBundle bundle,
            Map<String, Object> configuration,
            Map<String, Object> measured) {
        String name = name(data);
        Map<String, Object> settings = new LinkedHashMap<>(configuration);
        settings.put(Session.KIND, data.spec().kind().id());
        settings.put("task", data.spec().name());
        settings.put("task-version", data.spec().version());
        settings.put("task-digest", data.spec().digest());
        settings.put("seed", verb.global.seed());
        CustomizationSet under = session.customizations();
        if (!under.parts().isEmpty()) settings.put("made-under", under.digest());
        settings.put(Session.UNDER, under.weightsDigest());
        for (Customization weights : under.weights())
            console.progress()
                    .warn("the prompt is saved without the weights of "
                            + weights.folder().getFileName()
                            + ", under which it was made: name both where both are to answer");
        var rows = new Manifest.Data(
                data.spec().name(),
                Digest.ofText(Json.line(
                        data.train().stream().map(item -> item.input()).toList())),
                data.train().size());
        Manifest manifest = Provenance.of(
                session.base(),
                Technique.Prompt.ID,
                rows,
                settings,
                measured,
                console.clock().instant());
        Path workshop = registry.workshop(name);
        DemoVectors.write(workshop, bundle, session.embedder());
        CustomizationWriter.prompt(workshop, bundle, manifest);
        return registry.publish(workshop, name);
    }

    private PromptBundle bundle(String name) {
        Path folder = registry.find(name);
        return Customization.open(folder)
                .bundle()
                .orElseThrow(() -> new UserError(
                        "prompt.none",
                        folder + " has no prompt",
                        "it was made by another tool",
                        "name a customization that Savile saved"));
    }

    private int show() {
        PromptBundle bundle = bundle(verb.names.getFirst());
        console.print(Json.pretty(bundle).strip());
        console.print("digest " + bundle.digest());
        console.result(bundle);
        return ExitCode.OK;
    }

    private int diff() {
        JsonNode first = Json.lenient().valueToTree(bundle(verb.names.getFirst()));
        JsonNode second = Json.lenient().valueToTree(bundle(verb.names.getLast()));
        Map<String, List<String>> differences = new LinkedHashMap<>();
        compare("", first, second, differences);
        differences.forEach((path, values) -> {
            console.print(path);
            console.print("  - " + values.getFirst());
            console.print("  + " + values.getLast());
        });
        if (differences.isEmpty()) console.print("no difference");
        console.result(Map.of("differences", differences));
        return ExitCode.OK;
    }

    private static void compare(String path, JsonNode first, JsonNode second, Map<String, List<String>> differences) {
        if (first.equals(second)) return;
        if (!first.isObject() || !second.isObject()) {
            differences.put(path, List.of(shown(first), shown(second)));
            return;
        }
        Set<String> names = new LinkedHashSet<>(first.propertyNames());
        names.addAll(second.propertyNames());
        for (String name : names)
            compare(path.isEmpty() ? name : path + "." + name, first.path(name), second.path(name), differences);
    }

    private static String shown(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) return "(none)";
        if (value.isArray() && value.size() > 5) {
            List<String> some = new ArrayList<>();
            for (int i = 0; i < 3; i++) some.add(value.get(i).toString());
            return value.size() + " entries: " + String.join(", ", some) + ", ...";
        }
        return value.toString();
    }
}
