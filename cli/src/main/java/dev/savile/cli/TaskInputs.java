package dev.savile.cli;

import dev.savile.common.Evenly;
import dev.savile.common.UserError;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.SystemKey;
import dev.savile.evaluate.task.Drawing;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSpec;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.generate.constrain.Automaton;
import dev.savile.select.optimize.ProbedOrder;
import dev.savile.select.optimize.SolvedDemos;
import dev.savile.technique.prompt.AnswerForm;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.EntropyProbe;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What verbs that ask a task's questions make of their options.
final class TaskInputs {
    /// Rows to learn from that labels' average is measured on, taken from all over them.
    static final int CALIBRATION_ROWS = 256;

    private static final String NONE = "none";
    private static final int USUAL_POOL = 1000;
    private static final String PRIOR_LEFT_OUT =
            "the saved calibration is left out: it was measured under the prompt as it was; --calibrate measures it anew";
    /// Values of `--demo-order` that have an order measured.
    private static final Map<String, EntropyProbe.Criterion> PROBES =
            Map.of("entropy_probe", EntropyProbe.Criterion.GLOBAL, "entropy_probe_local", EntropyProbe.Criterion.LOCAL);

    /// Which rows examples are chosen from.
    private enum DemoFilter {
        ALL,
        CORRECT
    }

    private final TaskOptions options;
    private final GlobalOptions global;
    private final Console console;

    TaskInputs(TaskOptions options, GlobalOptions global, Console console) {
        this.options = options;
        this.global = global;
        this.console = console;
    }

    private String name() {
        String task = options.task;
        if (task == null)
            throw new UserError(
                    "task.missing",
                    "no task was given",
                    "it says what is asked and how answers count",
                    "name one with --task; savile eval --list-tasks shows those that come with Savile");
        return task;
    }

    TaskData read() {
        TaskSpec spec = TaskCatalog.find(name());
        TaskData data = TaskData.read(spec, folder(), global.seed());
        for (String warning : data.warnings()) console.progress().warn(warning);
        return data;
    }

    /// The folder from which the task names its files.
    private Path folder() {
        Path given = options.dataDir;
        if (given != null) {
            if (!Files.isDirectory(given))
                throw UserError.notFound(
                        "task.folder",
                        "there is no folder " + given,
                        "the task's rows would be there",
                        "check --data-dir");
            return given;
        }
        Path file = Path.of(name()).toAbsolutePath();
        if (Files.isRegularFile(file)) return file.resolveSibling("");
        return console.env().variable("SAVILE_DATA").map(Path::of).orElseGet(() -> console.env()
                .home()
                .resolve("data"));
    }

    /// What the options change of a prompt.
    TaskPrompt prompt() {
        TaskPrompt.Examples shown = examples(0);
        if (options.shots != null) return withoutExamples().with(shown);
        String why = "it is about worked examples, and the prompt gets none without --shots";
        DemoStrategy way = DemoStrategy.of(options.demos);
        refuse(way != DemoStrategy.RANDOM && way != DemoStrategy.NONE, "--demos " + options.demos, why);
        refuse(options.demoOrder != null, "--demo-order", why);
        refuse(options.demoPool != null, "--demo-pool", why);
        refuse(options.demoTokens != 0, "--demo-tokens", why);
        return withoutExamples();
    }

    /// What the options change of a prompt, but for its worked examples.
    TaskPrompt withoutExamples() {
        return new TaskPrompt(
                Optional.empty(),
                reasoning(),
                samples(),
                Optional.ofNullable(options.system),
                Optional.ofNullable(options.instruction),
                Optional.ofNullable(options.prefix),
                options.answerTokens,
                form(),
                drawing());
    }

    /// How the tokens of written answers are chosen.
    Drawing drawing() {
        return new Drawing(
                optional(options.temperature),
                optional(options.topP),
                options.topK == null ? OptionalInt.empty() : OptionalInt.of(options.topK),
                optional(options.repetitionPenalty));
    }

    private static OptionalDouble optional(@Nullable Double given) {
        return given == null ? OptionalDouble.empty() : OptionalDouble.of(given);
    }

    /// The form of answers; one that could not be followed is refused before a model is loaded.
    private Optional<AnswerForm> form() {
        Optional<AnswerForm> form = options.form.form();
        form.ifPresent(Automaton::of);
        return form;
    }

    /// Worked examples as the options say.
    ///
    /// @param usualShots how many where `--shots` does not say it
    TaskPrompt.Examples examples(int usualShots) {
        DemoStrategy strategy = DemoStrategy.of(options.demos);
        int shots = Objects.requireNonNullElse(options.shots, usualShots);
        return new TaskPrompt.Examples(
                shots,
                strategy,
                options.demoSeed,
                Objects.requireNonNullElse(options.demoPool, USUAL_POOL),
                options.demoTokens,
                probe().isPresent() ? DemoOrder.usual(strategy) : order(strategy),
                choice(PromptBundle.Layout.class, "--demo-layout", options.demoLayout),
                encoder(strategy, shots));
    }

    private DemoOrder order(DemoStrategy strategy) {
        return Optional.ofNullable(options.demoOrder).map(DemoOrder::of).orElseGet(() -> DemoOrder.usual(strategy));
    }

    /// What an order of examples is probed for; nothing where it is said.
    private Optional<EntropyProbe.Criterion> probe() {
        return Optional.ofNullable(PROBES.get(Objects.requireNonNullElse(options.demoOrder, "")));
    }

    private boolean filters() {
        return options.demoFilter != null
                && choice(DemoFilter.class, "--demo-filter", options.demoFilter) == DemoFilter.CORRECT;
    }

    /// Refuse the options for which examples are measured, where an action does not heed them.
    void refuseMeasured(String why) {
        refuse(options.demoFilter != null, "--demo-filter", why);
        refuse(probe().isPresent(), "--demo-order " + options.demoOrder, why);
        refuse(options.calibrate != null, "--calibrate", why);
    }

    Optional<Reasoning.Mode> reasoning() {
        return Optional.ofNullable(options.reasoning).map(given -> choice(Reasoning.Mode.class, "--reasoning", given));
    }

    OptionalInt samples() {
        return options.samples == null ? OptionalInt.empty() : OptionalInt.of(options.samples);
    }

    /// A customization's own prompt, else that of the task, with changes.
    PromptBundle bundle(Optional<PromptBundle> own, TaskPrompt changes, TaskData data) {
        PromptBundle bundle = own.isEmpty() ? changes.of(data) : changes.over(own.get(), data);
        refuse(
                options.answerTokens > 0
                        && !data.spec().kind().written()
                        && !bundle.reasoning().reasons(),
                "--answer-tokens",
                "the likeliest of its answers is looked up, and nothing is written without --reasoning");
        if (own.isEmpty()) return bundle;
        if (own.get().prior() != null && bundle.prior() == null && options.calibrate == null)
            console.progress().warn(PRIOR_LEFT_OUT);
        return bundle;
    }

    private String encoder(DemoStrategy strategy, int shots) {
        if (options.demoEncoder.equals("base")) return "";
        if (shots == 0 || !strategy.embeds())
            throw new UserError(
                    "cli.demo-encoder",
                    "--demo-encoder finds nothing without --shots and --demos embed_knn or mmr",
                    "other ways to choose worked examples compare no meanings",
                    "add --shots 4 --demos embed_knn, or leave --demo-encoder away");
        return options.demoEncoder;
    }

    /// Return the system with what the options have measured for its prompt: which rows are examples, in which order
    /// they stand, and what labels get without a message. Each is measured under what those before it found.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<TaskSystem> measured(TaskSystem system, TaskData data, AnswerCache cache) {
        boolean prior = system.bundle().prior() != null && (filters() || probe().isPresent());
        if (prior && options.calibrate == null) console.progress().warn(PRIOR_LEFT_OUT);
        return solved(system, data, cache)
                .flatMap(found -> ordered(found, data, cache))
                .flatMap(found -> calibrated(found, data, cache));
    }

    private Optional<TaskSystem> solved(TaskSystem system, TaskData data, AnswerCache cache) {
        if (!filters()) return Optional.of(system);
        refuse(system.bundle().demos().count() == 0, "--demo-filter", "the prompt has no worked examples");
        Optional<SolvedDemos> found =
                SolvedDemos.of(data, system, cache, global.seed(), console.progress(), console.stop());
        found.ifPresent(solved -> console.progress()
                .say(solved.solved() + " of " + solved.asked()
                        + " rows to choose examples from are answered right, and kept"));
        return found.map(SolvedDemos::system);
    }

    private Optional<TaskSystem> ordered(TaskSystem system, TaskData data, AnswerCache cache) {
        if (probe().isEmpty()) return Optional.of(system);
        return ProbedOrder.of(data, system, cache, probe().get(), global.seed(), console.progress(), console.stop())
                .map(ProbedOrder::system);
    }

    /// Return the system with its labels calibrated as was asked for: as its prompt is, not at all, or measured now.
    private Optional<TaskSystem> calibrated(TaskSystem system, TaskData data, AnswerCache cache) {
        String asked = options.calibrate;
        if (asked == null) return Optional.of(system);
        if (asked.equals(NONE)) return Optional.of(with(system, null));
        LabelPrior.Kind kind = choice(LabelPrior.Kind.class, "--calibrate", asked);
        return new TaskRun(data, system, cache, global.seed(), console.progress(), console.stop())
                .prior(kind, Evenly.of(data.train(), CALIBRATION_ROWS))
                .map(prior -> with(system, prior));
    }

    private static TaskSystem with(TaskSystem system, @Nullable LabelPrior prior) {
        return system.with(system.name(), system.bundle().change().prior(prior).done());
    }

    /// Refuse an option that an action does not heed.
    ///
    /// @param why why it has no effect
    static void refuse(boolean given, String option, String why) {
        if (given)
            throw new UserError("cli.no-effect", option + " has no effect here", why, "leave " + option + " away");
    }

    /// Answers are kept by all that can change them.
    ///
    /// @param customization digest of what is put over the base; empty for nothing
    AnswerCache cache(Session session, String customization) {
        return AnswerCache.open(answers(console), SystemKey.of(session.base(), customization));
    }

    /// The folder of all systems' answers.
    static Path answers(Console console) {
        return console.env().home().resolve("cache").resolve("answers");
    }

    private static <E extends Enum<E>> E choice(Class<E> kind, String option, String given) {
        String name = given.toUpperCase(Locale.ROOT).replace('-', '_');
        for (E value : kind.getEnumConstants()) if (value.name().equals(name)) return value;
        throw new UserError(
                "cli.value",
                option + " is '" + given + "'",
                "it has a fixed set of values",
                "use one of: "
                        + String.join(
                                ", ",
                                Arrays.stream(kind.getEnumConstants())
                                        .map(value -> value.name().toLowerCase(Locale.ROOT))
                                        .toList()));
    }
}
