package dev.savile.evaluate.task;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Memory;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.LabelPrior;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import dev.savile.technique.prompt.QueryItem;
import dev.savile.technique.prompt.Reasoning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Ask a system the questions of a task and score its answers.
///
/// What was answered in an earlier run of the same system comes from the cache; what is answered now goes there piece
/// by piece, so that a run that was cut off goes on where it stopped.
public final class TaskRun {
    private final TaskData data;
    private final TaskSystem system;
    private final AnswerCache cache;
    private final long seed;
    private final Progress progress;
    private final StopSignal stop;

    /// @param seed of draws and resamples
    public TaskRun(TaskData data, TaskSystem system, AnswerCache cache, long seed, Progress progress, StopSignal stop) {
        this.data = data;
        this.system = system;
        this.cache = cache;
        this.seed = seed;
        this.progress = progress;
        this.stop = stop;
    }

    /// An item as the system is asked it.
    ///
    /// @param prompt empty when the item does not fit the context
    /// @param failed why it does not; empty when it does
    record Asked(TaskItem item, Optional<PromptRenderer.Prompt> prompt, String failed) {
        /// Return the result of an item that could not be asked.
        ItemResult unanswered() {
            return new ItemResult(
                    item.id(),
                    item.input(),
                    item.references(),
                    "",
                    "",
                    "",
                    "",
                    0,
                    0,
                    0,
                    0,
                    0,
                    false,
                    0,
                    0,
                    0,
                    item.group(),
                    failed);
        }
    }

    /// How much a system expects the right answer to an item.
    ///
    /// @param item           its id
    /// @param logProbability of the right answer among all labels or choices; where answers are written, the mean
    ///                       over the tokens of the reference
    /// @param credit         0 to 1 by the likeliest answer; not a number where answers are written
    public record Expected(int item, double logProbability, double credit) {}

    /// What ways of answering share.
    ///
    /// @param cache of the system
    record Setting(
            TaskData data,
            TaskSystem system,
            PromptRenderer renderer,
            AnswerCache cache,
            long seed,
            Progress.Task task,
            StopSignal stop) {}

    /// Results and scores of one way of answering.
    ///
    /// @param ofAll see [TaskResult]
    record Scored(List<ItemResult> items, List<Score> scores, Optional<BootstrapDraws.Statistic> ofAll) {}

    /// Which of the items hang together.
    static Clusters clusters(List<Asked> asked) {
        return Clusters.ofGroups(asked.stream().map(one -> one.item().group()).toList());
    }

    /// Refuse a prompt that draws fewer answers than a metric of the task needs. Systems of which none is reported lack
    /// the metric instead.
    ///
    /// @throws UserError `task.samples`
    public static void requireSamples(TaskSpec spec, PromptBundle bundle) {
        int samples = bundle.reasoning().samples();
        for (String metric : spec.metrics()) {
            int k = TaskMetric.passAt(metric).orElse(0);
            if (k > samples)
                throw new UserError(
                        "task.samples",
                        metric + " is to be measured, and " + samples + (samples == 1 ? " answer is" : " answers are")
                                + " drawn for each question",
                        "it says how likely one of " + k + " answers is right",
                        "add --samples " + k + " or more");
        }
    }

    /// Ask items and score the answers. Call it on the engine's thread.
    ///
    /// @param split how the items are called in the scores' names
    /// @return nothing when a stop was requested before the end
    /// @throws UserError those of prompts and tasks
    public Optional<TaskResult> run(List<TaskItem> items, String split) {
        long started = System.nanoTime();
        long hits = cache.hits();
        TaskKind kind = data.spec().kind();
        try (Progress.Task task = progress.start("asking " + system.name(), items.size(), "rows")) {
            Optional<Scored> scored;
            if (kind == TaskKind.PERPLEXITY) {
                scored = new PerplexityAnswers(data.spec(), system, cache).score(items, split, task, stop);
            } else {
                PromptRenderer renderer = renderer();
                var setting = new Setting(data, system, renderer, cache, seed, task, stop);
                scored = answered(setting, asked(items, renderer), split);
            }
            return scored.map(found -> new TaskResult(
                    data.spec().name() + " v" + data.spec().version(),
                    system.name(),
                    split,
                    found.scores(),
                    found.items(),
                    found.ofAll(),
                    (System.nanoTime() - started) / 1e9,
                    cache.hits() - hits,
                    Memory.peakBytes(system.base().model().device())));
        }
    }

    /// Ask items one at a time, as requests of their own: nothing is kept from one to the next but what the prompt
    /// itself keeps. The first is asked once more beforehand, untimed. Call it on the engine's thread.
    ///
    /// @return items that fit the context; nothing when a stop was requested before the end, or none of them fits
    public Optional<RequestTimes> times(List<TaskItem> items) {
        PromptRenderer renderer = renderer();
        try (Progress.Task task = progress.start("timing " + system.name(), items.size(), "requests");
                AnswerCache anew = AnswerCache.none()) {
            var uncounted = Progress.none().start("", 0, "");
            var setting = new Setting(data, system, renderer, anew, seed, uncounted, stop);
            var written = new WrittenAnswers(setting);
            var chosen = new ChosenAnswers(setting, written);
            Function<TaskItem, Asked> asker = asker(items, renderer);
            List<Double> seconds = new ArrayList<>();
            for (int i = -1; i < items.size(); i++) {
                long started = System.nanoTime();
                Asked asked = asker.apply(items.get(Math.max(0, i)));
                if (asked.prompt().isPresent()) {
                    Optional<MessageAnswers.Answer> answer =
                            data.spec().kind().written() ? written.answer(asked) : chosen.answer(asked);
                    if (answer.isEmpty()) return Optional.empty();
                    if (i >= 0) seconds.add((System.nanoTime() - started) / 1e9);
                    anew.forget();
                }
                if (i >= 0) task.advance(1);
            }
            return seconds.isEmpty() ? Optional.empty() : Optional.of(new RequestTimes(seconds));
        }
    }

    private Optional<Scored> answered(Setting setting, List<Asked> asked, String split) {
        return data.spec().kind().written()
                ? new WrittenAnswers(setting).score(asked, split)
                : new ChosenAnswers(setting).score(asked, split);
    }

    /// Say how much the system expects the right answers: a measure that is finer than counting them, and needs no
    /// writing. Call it on the engine's thread.
    ///
    /// @return items that fit the context; nothing when a stop was requested before the end
    public Optional<List<Expected>> expected(List<TaskItem> items) {
        try (Progress.Task task = progress.start("scoring " + system.name(), items.size(), "rows")) {
            PromptRenderer renderer = renderer();
            var setting = new Setting(data, system, renderer, cache, seed, task, stop);
            return new ChosenAnswers(setting).expected(asked(items, renderer));
        }
    }

    /// Say how likely each label is for items whose own are not looked at, in the order of the labels. Call it on the
    /// engine's thread.
    ///
    /// @return items that fit the context; nothing when a stop was requested before the end
    public Optional<List<double[]>> labelShares(List<TaskItem> items) {
        try (Progress.Task task = progress.start("trying " + system.name(), items.size(), "rows")) {
            PromptRenderer renderer = renderer();
            var setting = new Setting(data, system, renderer, cache, seed, task, stop);
            return new ChosenAnswers(setting).shares(asked(items, renderer));
        }
    }

    /// Measure the prior of the labels under the system's prompt.
    ///
    /// @param kind  which inputs it is measured on
    /// @param items of TRAIN, for a prior of messages; their answers are not looked at
    /// @return nothing when a stop was requested before the end
    /// @throws UserError `task.prior` where there are no labels; `task.no-train` where a prior of messages has no
    ///     items
    public Optional<LabelPrior> prior(LabelPrior.Kind kind, List<TaskItem> items) {
        if (data.spec().kind() != TaskKind.LABEL)
            throw new UserError(
                    "task.prior",
                    "the task " + data.spec().name() + " has no fixed labels",
                    "calibration divides the probability of each label by what it gets without a message",
                    "leave --calibrate away");
        if (kind == LabelPrior.Kind.BATCH && items.isEmpty())
            throw new UserError(
                    "task.no-train",
                    "the task " + data.spec().name() + " has no rows to learn from",
                    "what labels get on average is measured on messages, and those that are scored must not be learned"
                            + " from",
                    "use --calibrate cc, which needs no rows, or name rows with 'train' in the task's file");
        List<TaskItem> asked = kind == LabelPrior.Kind.BATCH
                ? items
                : contentFree(data.test().getFirst()); // of which only the names of its fields are used
        try (Progress.Task task = progress.start("calibrating", asked.size(), "prompts")) {
            PromptRenderer renderer = renderer();
            var plain = system.with(
                    system.name(), system.bundle().change().prior(null).done());
            var setting = new Setting(data, plain, renderer, cache, seed, task, stop);
            return new ChosenAnswers(setting).prior(kind, asked(asked, renderer));
        }
    }

    /// Items that say nothing, with the fields of another.
    private static List<TaskItem> contentFree(TaskItem like) {
        return LabelPrior.CONTENT_FREE.stream().map(like::saying).toList();
    }

    private PromptRenderer renderer() {
        PromptBundle bundle = system.bundle();
        return renderer(
                system,
                data.spec().kind(),
                bundle.labels().isEmpty() ? data.labels() : bundle.labels(),
                bundle.decoding().maxTokens());
    }

    /// Keep room for what stands behind a prompt: what is written, or the longest label behind the way to it. A limit
    /// that no prompt could stand beside takes half of the context: it is refused where the answer is written, with
    /// what would fit.
    ///
    /// @param maxTokens longest text that is written
    static PromptRenderer renderer(TaskSystem system, TaskKind kind, List<String> labels, int maxTokens) {
        var base = system.base();
        int room = base.model().spec().maxPositions() - system.tuning().lead().length();
        int written = maxTokens < room ? maxTokens : room / 2;
        var renderer = new PromptRenderer(system.bundle(), base.encoder(), room, system.overLength());
        return kind.written()
                ? renderer.forAnswersOf(written)
                : renderer.forAnswers(labels, way(system, renderer, written));
    }

    /// Tokens of the longest way to an answer that is scored behind it, with the words that conclude.
    private static int way(TaskSystem system, PromptRenderer renderer, int written) {
        Reasoning reasoning = system.bundle().reasoning();
        if (!reasoning.reasons()) return 0;
        return written + renderer.encoder().tokenizer().encodeBehind("\n" + reasoning.conclusion()).length;
    }

    private List<Asked> asked(List<TaskItem> items, PromptRenderer renderer) {
        return items.stream().map(asker(items, renderer)).toList();
    }

    /// How each of the items is asked.
    private Function<TaskItem, Asked> asker(List<TaskItem> items, PromptRenderer renderer) {
        PromptBundle bundle = system.bundle();
        List<LabelledRow> shown = data.rowsOf(bundle);
        Groups groups = data.groupsBeside(bundle, shown, items);
        var selector = new DemoSelector(bundle, system.embedder(), shown, groups);
        return item -> {
            PromptRenderer own = data.spec().kind() == TaskKind.CHOICE // each its own room, whatever stands beside it
                    ? renderer.forAnswers(
                            item.choices(),
                            way(system, renderer, system.bundle().decoding().maxTokens()))
                    : renderer;
            try {
                String text = bundle.inputText(item.fields());
                var demos = selector.choose(new QueryItem(item.id(), groups.of(item.id()), text));
                return new Asked(item, Optional.of(own.prompt(item.fields(), demos)), "");
            } catch (UserError e) {
                if (!e.code().equals("prompt.too-long")) throw e;
                return new Asked(item, Optional.empty(), e.what());
            }
        };
    }
}
