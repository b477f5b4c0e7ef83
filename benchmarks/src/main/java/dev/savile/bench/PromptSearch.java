package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.statistics.Comparison;
import dev.savile.evaluate.statistics.Verdict;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskResult;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.model.Tuning;
import dev.savile.select.Budget;
import dev.savile.select.optimize.OptimizedPrompt;
import dev.savile.select.optimize.PromptOptimizer;
import dev.savile.select.optimize.PromptStep;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Prompt optimization beside random few-shot, on rows that neither has seen.
final class PromptSearch implements Bench {
    private static final List<String> TASKS = List.of("snips", "sms-spam", "persona");
    private static final int TEST_ROWS = 300;
    private static final int SHOTS = 4;
    private static final double SECONDS = 600;
    private static final double TOLERANCE = 0.01;
    /// At least this share of the sets.
    private static final double WANTED = 2 / 3.0;

    private final List<String> tasks;

    PromptSearch() {
        this(TASKS);
    }

    private PromptSearch(List<String> tasks) {
        this.tasks = tasks;
    }

    @Override
    public String name() {
        return "prompt-search";
    }

    @Override
    public String about() {
        return "optimized prompts beside random few-shot on three sealed tests (40 minutes; prompt-search snips for one of them)";
    }

    @Override
    public Bench part(List<String> names) {
        requireKnown(names, TASKS);
        return new PromptSearch(names);
    }

    @Override
    public List<Row> run() {
        var env = Env.ofProcess();
        Machine.Compute compute = Machine.resolve(env.home(), "auto", "cpu", 0);
        return EngineThread.call(() -> {
            var files = new ModelLocator(env, Progress.none()).locateDefault();
            try (BaseModel base = BaseModel.load(files, compute.precision(), Device.CPU)) {
                List<Row> rows = new ArrayList<>();
                int better = 0;
                for (String task : tasks) {
                    Comparison comparison = compare(base, task);
                    if (comparison.verdict() instanceof Verdict.Better) better++;
                    System.out.println("  " + comparison.sentence(task + ": the optimized prompt", "random few-shot"));
                }
                rows.add(new Row(
                        "optimized better than random " + SHOTS + "-shot",
                        better + " of " + tasks.size() + " sets",
                        "at least two thirds",
                        better >= WANTED * tasks.size()));
                return rows;
            }
        });
    }

    private static Comparison compare(BaseModel base, String name) {
        TaskData data = TaskData.read(TaskCatalog.find(name), Processes.shared().resolve("data"), 0);
        var start =
                new TaskSystem(name, base, Tuning.NONE, TaskPrompt.zeroShot().of(data), PromptRenderer.OverLength.CUT);
        OptimizedPrompt found = new PromptOptimizer(
                        data,
                        start,
                        AnswerCache.none(),
                        TOLERANCE,
                        new Budget(SECONDS, System::nanoTime),
                        0,
                        Progress.none(),
                        new StopSignal())
                .run(List.of());
        for (PromptStep step : found.steps())
            System.out.printf(
                    Locale.ROOT,
                    "  %s, %s: %d tried, log-probability %.3f -> %.3f, right %.1f -> %.1f %%, p %.4f, %s: %s%n",
                    name,
                    step.what(),
                    step.tried(),
                    step.before(),
                    step.after(),
                    100 * step.accuracyBefore().orElse(Double.NaN),
                    100 * step.accuracyAfter().orElse(Double.NaN),
                    step.p(),
                    step.accepted() ? "taken" : "left",
                    step.best());
        List<TaskItem> test = Evenly.of(data.test(), TEST_ROWS);
        TaskResult optimized = answer(data, start.with("optimized", found.bundle()), test);
        PromptBundle random = TaskPrompt.fewShot(DemoStrategy.RANDOM, SHOTS, 0).of(data);
        TaskResult fewShot = answer(data, start.with("few-shot", random), test);
        return optimized.against(fewShot, TOLERANCE, 0);
    }

    private static TaskResult answer(TaskData data, TaskSystem system, List<TaskItem> items) {
        return new TaskRun(data, system, AnswerCache.none(), 0, Progress.none(), new StopSignal())
                .run(items, "test")
                .orElseThrow();
    }
}
