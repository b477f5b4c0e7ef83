package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.evaluate.task.TaskResult;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSpec;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.model.Machine;
import dev.savile.model.Tuning;
import dev.savile.select.optimize.SolvedDemos;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.prompt.Reasoning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Ways to prompt on every kind of task, on the default model: zero-shot, worked examples chosen in every way, chain of
/// thought. One table with intervals and seconds.
final class PromptTable implements Bench {
    private static final int SHOTS = 4;
    private static final double MINUTES = 60;
    /// Rows that examples are chosen from, and those that are read for their meaning.
    private static final int POOL = 1_000;

    private static final int EMBEDDED = 200;
    /// Rows that are asked once each to see which of them the model answers right, where labels are this few.
    private static final int FILTERED = 20;

    private static final int FILTERED_LABELS = 10;
    private static final int REASONING_TOKENS = 96;

    /// Rows of a task that are asked directly, and with reasoning, which costs up to a hundred times as much.
    private record Rows(int direct, int reasoned) {}

    private static final Map<String, Rows> TASKS = new LinkedHashMap<>();

    static {
        TASKS.put("snips", new Rows(80, 20));
        TASKS.put("banking77", new Rows(30, 10));
        TASKS.put("sms-spam", new Rows(64, 20));
        TASKS.put("svamp", new Rows(48, 24));
        TASKS.put("gsm8k", new Rows(24, 20));
        TASKS.put("pubmedqa", new Rows(10, 6));
        TASKS.put("truthfulqa", new Rows(48, 6));
        TASKS.put("persona", new Rows(64, 20));
        TASKS.put("wikisql", new Rows(20, 8));
        TASKS.put("e2e", new Rows(20, 8));
        TASKS.put("bbh-boolean_expressions", new Rows(64, 20));
        TASKS.put("bbh-date_understanding", new Rows(48, 12));
        TASKS.put("bbh-object_counting", new Rows(40, 20));
        TASKS.put("bbh-reasoning_about_colored_objects", new Rows(48, 12));
        TASKS.put("bbh-word_sorting", new Rows(20, 8));
    }

    private final List<String> tasks;

    PromptTable() {
        this(List.copyOf(TASKS.keySet()));
    }

    private PromptTable(List<String> tasks) {
        this.tasks = tasks;
    }

    @Override
    public String name() {
        return "prompts";
    }

    @Override
    public Bench part(List<String> names) {
        requireKnown(names, TASKS.keySet());
        return new PromptTable(names);
    }

    @Override
    public String about() {
        return "zero-shot, worked examples in every way and chain of thought on 15 tasks, with intervals and seconds (under an hour; prompts snips for some tasks alone)";
    }

    /// A way to ask.
    ///
    /// @param filtered whether examples are chosen only from rows that the model answers right itself
    private record Way(String name, TaskPrompt prompt, boolean reasons, boolean filtered) {
        Way(String name, TaskPrompt prompt, boolean reasons) {
            this(name, prompt, reasons, false);
        }
    }

    @Override
    public List<Row> run() {
        var env = Env.ofProcess();
        Machine.Compute compute = Machine.resolve(env.home(), "auto", "cpu", 0);
        long started = System.nanoTime();
        System.out.println(
                "| task | way | metric | score, % (95 % interval) | rows | tokens read / written a row | seconds |");
        System.out.println("|---|---|---|---|---|---|---|");
        int asked = EngineThread.call(() -> {
            var files = new ModelLocator(env, Progress.none()).locateDefault();
            try (BaseModel base = BaseModel.load(files, compute.precision(), Device.CPU)) {
                int tables = 0;
                for (String task : tasks) tables += table(base, task, Objects.requireNonNull(TASKS.get(task)));
                return tables;
            }
        });
        double minutes = (System.nanoTime() - started) / 60e9;
        return List.of(new Row(
                asked + " ways of asking on " + tasks.size() + " tasks",
                String.format(Locale.ROOT, "%.0f minutes", minutes),
                "under " + MINUTES + " minutes",
                minutes < MINUTES));
    }

    private static int table(BaseModel base, String name, Rows rows) {
        TaskSpec spec = TaskCatalog.find(name);
        TaskData data = TaskData.read(spec, Processes.shared().resolve("data"), 0);
        List<Way> ways = ways(data);
        var plain =
                new TaskSystem(name, base, Tuning.NONE, TaskPrompt.zeroShot().of(data), PromptRenderer.OverLength.CUT);
        for (Way way : ways) {
            int count = way.reasons ? rows.reasoned : rows.direct;
            List<TaskItem> items = Evenly.of(data.test(), count);
            long began = System.nanoTime();
            TaskSystem given = plain.with(way.name, way.prompt.of(data));
            TaskSystem system = way.filtered ? solved(data, given) : given;
            double before = (System.nanoTime() - began) / 1e9;
            TaskResult result = new TaskRun(data, system, AnswerCache.none(), 0, Progress.none(), new StopSignal())
                    .run(items, "test")
                    .orElseThrow();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %.1f (%.1f..%.1f) | %d | %.0f / %.1f | %.0f |%n",
                    name,
                    system.name(),
                    result.primary().name(),
                    100 * result.primary().value(),
                    100 * result.primary().interval().low(),
                    100 * result.primary().interval().high(),
                    items.size(),
                    result.meanPromptTokens(),
                    result.meanWrittenTokens(),
                    before + result.seconds());
        }
        return ways.size();
    }

    private static TaskSystem solved(TaskData data, TaskSystem system) {
        SolvedDemos kept = SolvedDemos.of(data, system, AnswerCache.none(), 0, Progress.none(), new StopSignal())
                .orElseThrow();
        return kept.system()
                .with(
                        system.name() + ", " + kept.solved() + " of " + kept.asked() + " rows left",
                        kept.system().bundle());
    }

    private static List<Way> ways(TaskData data) {
        List<Way> ways = new ArrayList<>();
        ways.add(new Way("zero-shot", TaskPrompt.zeroShot(), false));
        if (!data.train().isEmpty())
            for (DemoStrategy strategy : DemoStrategy.values()) {
                if (strategy == DemoStrategy.NONE || strategy == DemoStrategy.FIXED) continue;
                boolean byLabel = strategy == DemoStrategy.LABEL_BALANCED || strategy == DemoStrategy.BM25_BALANCED;
                if (byLabel && data.spec().kind() != TaskKind.LABEL) continue;
                var examples = TaskPrompt.Examples.of(strategy, SHOTS, 0).from(strategy.embeds() ? EMBEDDED : POOL);
                ways.add(new Way(
                        SHOTS + "-shot " + strategy.id(), TaskPrompt.zeroShot().with(examples), false));
            }
        boolean few = data.spec().kind() == TaskKind.LABEL && data.labels().size() <= FILTERED_LABELS;
        if (few && !data.train().isEmpty()) {
            var examples = TaskPrompt.Examples.of(DemoStrategy.RANDOM, SHOTS, 0).from(FILTERED);
            ways.add(new Way(
                    SHOTS + "-shot random, answered right",
                    TaskPrompt.zeroShot().with(examples),
                    false,
                    true));
        }
        ways.add(new Way(
                "chain of thought, zero-shot",
                TaskPrompt.zeroShot().with(Reasoning.Mode.ZERO_SHOT, 1).withMaxTokens(REASONING_TOKENS),
                true));
        boolean shown = data.train().stream().anyMatch(item -> !item.rationale().isBlank());
        if (shown)
            ways.add(new Way(
                    "chain of thought, " + SHOTS + "-shot",
                    TaskPrompt.fewShot(DemoStrategy.RANDOM, SHOTS, 0)
                            .with(Reasoning.Mode.FEW_SHOT, 1)
                            .withMaxTokens(REASONING_TOKENS),
                    true));
        return ways;
    }
}
