package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.Provenance;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSpec;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.technique.prompt.DemoOrder;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What verbs that ask a task's questions make of their options.
final class TaskInputs {
    private static final String NONE = "none";

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

    TaskPrompt prompt() {
        DemoStrategy strategy = DemoStrategy.of(options.demos);
        var examples = new TaskPrompt.Examples(
                options.shots,
                strategy,
                options.demoSeed,
                options.demoPool,
                options.demoTokens,
                Optional.ofNullable(options.demoOrder).map(DemoOrder::of).orElseGet(() -> DemoOrder.usual(strategy)),
                choice(PromptBundle.Layout.class, "--demo-layout", options.demoLayout),
                encoder(strategy));
        return new TaskPrompt(
                examples,
                choice(Reasoning.Mode.class, "--reasoning", options.reasoning),
                options.samples,
                Optional.ofNullable(options.system),
                Optional.ofNullable(options.instruction),
                Optional.ofNullable(options.prefix),
                options.answerTokens);
    }

    private String encoder(DemoStrategy strategy) {
        if (options.demoEncoder.equals("base")) return "";
        if (options.shots == 0 || !strategy.embeds())
            throw new UserError(
                    "cli.demo-encoder",
                    "--demo-encoder finds nothing without --shots and --demos embed_knn or mmr",
                    "other ways to choose worked examples compare no meanings",
                    "add --shots 4 --demos embed_knn, or leave --demo-encoder away");
        return options.demoEncoder;
    }

    /// Return the system with its labels calibrated, where that was asked for.
    ///
    /// @return nothing when a stop was requested before the end
    Optional<TaskSystem> calibrated(TaskSystem system, TaskData data, AnswerCache cache) {
        if (options.calibrate.equals(NONE)) return Optional.of(system);
        LabelPrior.Kind kind = choice(LabelPrior.Kind.class, "--calibrate", options.calibrate);
        return new TaskRun(data, system, cache, global.seed(), console.progress(), console.stop())
                .prior(kind, data.train().isEmpty() ? data.test() : data.train())
                .map(prior -> system.with(
                        system.name(), system.bundle().change().prior(prior).done()));
    }

    /// Answers are kept by all that can change them.
    ///
    /// @param customization folder of what is put over the base
    AnswerCache cache(Session session, Optional<Path> customization) {
        Map<String, String> system = new LinkedHashMap<>();
        system.put("base", session.base().digest());
        system.put("tokenizer", session.base().encoder().digest());
        system.put("customization", customization.map(Customization::digest).orElse(""));
        system.put("precision", session.base().model().precision().label());
        system.put("storage", global.quantization().toString());
        system.put("device", session.compute().device().kind().name());
        system.put("version", Provenance.VERSION);
        return AnswerCache.open(console.env().home().resolve("cache").resolve("answers"), system);
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
