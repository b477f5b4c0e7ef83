package dev.savile.select.optimize;

import dev.savile.common.Evenly;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskResult;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskRun.Expected;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Worked examples that reason in the model's own words: ways to an answer that led it to the right one.
///
/// The right answer never stands in the prompt that the way is written to. A question that was not solved is
/// tried again with chance, up to three times in all, with ways to the answers of other questions as worked examples
/// where some were found. With few labels or choices a way is right by luck as often as one
/// in so many, so there the right answer must also be expected more behind the way than without it. *Paper*: Zelikman
/// et al., "STaR: bootstrapping reasoning with reasoning", 2022. *Left out*: training on the ways.
///
/// @param demos  questions with their ways and answers, in the order of the rows
/// @param asked  questions that were tried
/// @param byTry  how many were solved at each try
public record Rationales(List<Demo> demos, int asked, List<Integer> byTry) {
    private static final int TRIES = 3;
    private static final double TEMPERATURE = 1.0;
    private static final int EXAMPLES = 4;
    /// Up to so many labels luck is likely.
    private static final int FEW_LABELS = 4;
    /// Of fewer rows hardly enough are solved for a choice of examples.
    private static final int FEW_ROWS = 10;

    public Rationales {
        demos = List.copyOf(demos);
        byTry = List.copyOf(byTry);
    }

    /// Let the model reason about rows of TRAIN and keep what led to the right answer. On the engine's thread.
    ///
    /// @param system asks without reasoning; its prompt is changed to reason
    /// @param rows   of TRAIN to try, from all over it
    /// @return nothing when a stop was requested before the end
    /// @throws UserError `prompt.no-rationale` when no question is solved
    public static Optional<Rationales> of(
            TaskData data,
            TaskSystem system,
            AnswerCache cache,
            int rows,
            long seed,
            Progress progress,
            StopSignal stop) {
        List<TaskItem> open = new ArrayList<>(Evenly.of(data.train(), rows));
        int asked = open.size();
        if (asked < FEW_ROWS)
            progress.warn(
                    asked + " rows are few to take worked examples from; " + FEW_ROWS + " or more leave a choice");
        Map<Integer, Demo> kept = new LinkedHashMap<>();
        List<Integer> byTry = new ArrayList<>();
        for (int attempt = 0; attempt < TRIES && !open.isEmpty(); attempt++) {
            PromptBundle reasoning = prompt(system.bundle(), attempt, inOrder(data, kept), seed + attempt);
            var run = new TaskRun(data, system.with("reasoning", reasoning), cache, seed + attempt, progress, stop);
            Optional<TaskResult> result = run.run(open, "train");
            if (result.isEmpty()) return Optional.empty();
            Optional<Map<Integer, Double>> gains =
                    gains(data, system, reasoning, cache, seed + attempt, open, progress, stop);
            if (gains.isEmpty()) return Optional.empty();
            int before = kept.size();
            for (int i = 0; i < open.size(); i++) {
                TaskItem item = open.get(i);
                ItemResult answer = result.get().items().get(i);
                if (!answer.right() || gains.get().getOrDefault(item.id(), 1.0) <= 0) continue;
                way(answer.output(), reasoning.reasoning().conclusion())
                        .ifPresent(way -> kept.put(item.id(), new Demo("", item.answer(), item.fields(), way)));
            }
            byTry.add(kept.size() - before);
            open.removeIf(item -> kept.containsKey(item.id()));
        }
        if (kept.isEmpty())
            throw new UserError(
                    "prompt.no-rationale",
                    "the model reasons its way to none of " + asked + " right answers",
                    "worked examples that reason need a way that leads to the answer",
                    "use a larger model, or rows that tell the way ('rationale' in the task's file)");
        return Optional.of(new Rationales(inOrder(data, kept), asked, byTry));
    }

    private static List<Demo> inOrder(TaskData data, Map<Integer, Demo> kept) {
        List<Demo> demos = new ArrayList<>();
        for (TaskItem item : data.train()) {
            Demo demo = kept.get(item.id());
            if (demo != null) demos.add(demo);
        }
        return demos;
    }

    /// Return at least so many examples, where there are rows enough: questions whose way was not found show their
    /// answer alone.
    public List<Demo> filledTo(int count, TaskData data) {
        List<Demo> filled = new ArrayList<>(demos);
        for (TaskItem item : data.train()) {
            if (filled.size() >= count) break;
            if (demos.stream().noneMatch(demo -> demo.fields().equals(item.fields())))
                filled.add(new Demo("", item.answer(), item.fields(), ""));
        }
        return filled;
    }

    /// Ask for reasoning: first for the likeliest way; then for one drawn by chance, as the ways found so far are. None
    /// of these is of a question that is still open, and examples of a question's group are never shown.
    static PromptBundle prompt(PromptBundle bundle, int attempt, List<Demo> ways, long seed) {
        if (attempt == 0)
            return bundle.change()
                    .reasoning(Reasoning.of(Reasoning.Mode.ZERO_SHOT))
                    .done();
        Reasoning.Mode mode = ways.isEmpty() ? Reasoning.Mode.ZERO_SHOT : Reasoning.Mode.FEW_SHOT;
        PromptBundle.Draft drawn = bundle.change().reasoning(Reasoning.of(mode).drawnAt(TEMPERATURE, 1));
        if (!ways.isEmpty())
            drawn.demos(
                    new PromptBundle.Demos(DemoStrategy.RANDOM.id(), Math.min(EXAMPLES, ways.size()), seed, 0, ways));
        return drawn.done();
    }

    /// How much more the right answer is expected behind the way than without it, by item; nothing to say where luck is
    /// unlikely.
    private static Optional<Map<Integer, Double>> gains(
            TaskData data,
            TaskSystem system,
            PromptBundle reasoning,
            AnswerCache cache,
            long seed,
            List<TaskItem> items,
            Progress progress,
            StopSignal stop) {
        Map<Integer, Double> gains = new LinkedHashMap<>();
        List<TaskItem> lucky =
                items.stream().filter(item -> easilyGuessed(data, item)).toList();
        if (lucky.isEmpty()) return Optional.of(gains);
        Optional<List<Expected>> without = new TaskRun(data, system, cache, seed, progress, stop).expected(lucky);
        Optional<List<Expected>> with =
                new TaskRun(data, system.with("reasoning", reasoning), cache, seed, progress, stop).expected(lucky);
        if (without.isEmpty() || with.isEmpty()) return Optional.empty();
        for (Expected one : without.get()) gains.put(one.item(), -one.logProbability());
        for (Expected one : with.get()) gains.merge(one.item(), one.logProbability(), Double::sum);
        return Optional.of(gains);
    }

    private static boolean easilyGuessed(TaskData data, TaskItem item) {
        return switch (data.spec().kind()) {
            case LABEL -> data.labels().size() <= FEW_LABELS;
            case CHOICE -> item.choices().size() <= FEW_LABELS;
            default -> false;
        };
    }

    /// The text before the words that conclude.
    private static Optional<String> way(String output, String conclusion) {
        int at = output.indexOf(conclusion.strip());
        String way = (at < 0 ? output : output.substring(0, at)).strip();
        return way.isEmpty() ? Optional.empty() : Optional.of(way);
    }
}
