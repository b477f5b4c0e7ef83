package dev.savile.select.optimize;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.task.ItemResult;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskResult;
import dev.savile.evaluate.task.TaskRun;
import dev.savile.evaluate.task.TaskSystem;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Worked examples to choose from of which the model answers each right itself, whatever way they are chosen by.
///
/// The rows are parted into folds; those of a fold are asked with examples of the others, so that no row helps to
/// answer itself. *Use* where some rows may be labelled wrong. *Not* blindly: what is left are the easy rows, which is
/// why the difference is to be measured. *Cost*: one answer for every row to choose from.
///
/// @param system with the rows that are left to choose from; without a prior, which was another prompt's
/// @param asked  rows that were asked
/// @param solved rows that are left
public record SolvedDemos(TaskSystem system, int asked, int solved) {
    private static final int FOLDS = 5;

    /// Ask the rows that a prompt's examples are chosen from. Call it on the engine's thread.
    ///
    /// @param seed of the folds
    /// @return nothing when a stop was requested before the end
    /// @throws UserError `prompt.filter` where there are no rows to choose from, or none is answered right
    public static Optional<SolvedDemos> of(
            TaskData data, TaskSystem system, AnswerCache cache, long seed, Progress progress, StopSignal stop) {
        List<Demo> pool = system.bundle().demos().pool();
        List<TaskItem> items = items(pool, data);
        int[] folds = folds(items, data, seed);
        boolean[] right = new boolean[items.size()];
        int count = Math.min(FOLDS, items.size());
        for (int fold = 0; fold < count; fold++) {
            List<Integer> own = new ArrayList<>();
            List<Demo> others = new ArrayList<>();
            for (int i = 0; i < folds.length; i++) {
                if (folds[i] == fold) own.add(i);
                else others.add(pool.get(i));
            }
            if (own.isEmpty()) continue;
            TaskSystem asked =
                    system.with("examples, part " + (fold + 1) + " of " + count, choosing(system.bundle(), others));
            Optional<TaskResult> result = new TaskRun(data, asked, cache, seed, progress, stop)
                    .run(own.stream().map(items::get).toList(), "train");
            if (result.isEmpty()) return Optional.empty();
            List<ItemResult> answers = result.get().items();
            for (int k = 0; k < own.size(); k++)
                right[own.get(k)] = answers.get(k).right();
        }
        List<Demo> solved = new ArrayList<>();
        for (int i = 0; i < right.length; i++) if (right[i]) solved.add(pool.get(i));
        if (solved.isEmpty())
            throw new UserError(
                    "prompt.filter",
                    "none of the " + pool.size() + " rows to choose worked examples from is answered right",
                    "nothing would be left to choose from",
                    "leave the filter away, or try more rows with --demo-pool");
        return Optional.of(new SolvedDemos(
                system.with(system.name(), choosing(system.bundle(), solved)), pool.size(), solved.size()));
    }

    private static PromptBundle choosing(PromptBundle bundle, List<Demo> pool) {
        return bundle.change().demos(bundle.demos().from(pool)).prior(null).done();
    }

    /// Find the rows that examples were made of.
    private static List<TaskItem> items(List<Demo> pool, TaskData data) {
        if (pool.size() < 2)
            throw new UserError(
                    "prompt.filter",
                    pool.size() + " rows are there to choose worked examples from",
                    "each is asked with the others as its examples",
                    "name more rows with 'train' in the task's file");
        Map<Demo, TaskItem> rows = new HashMap<>();
        for (TaskItem item : data.train()) rows.putIfAbsent(item.demo(), item);
        List<TaskItem> items = new ArrayList<>();
        for (Demo demo : pool) {
            TaskItem item = rows.get(demo);
            if (item == null)
                throw new UserError(
                        "prompt.filter",
                        "the prompt has worked examples that are no rows of "
                                + data.spec().name(),
                        "it is not known what else counts as a right answer to them",
                        "choose examples of the task's own rows with --shots");
            items.add(item);
        }
        return items;
    }

    /// The fold of each item; near-duplicates and others that belong together share one.
    private static int[] folds(List<TaskItem> items, TaskData data, long seed) {
        int[] folds = new int[items.size()];
        Map<Integer, Integer> known = new HashMap<>();
        for (int i : Rng.of(seed, "folds").permutation(items.size())) {
            int id = items.get(i).id();
            int group = data.groups().of(id);
            folds[i] = known.computeIfAbsent(group, _ -> known.size() % FOLDS);
        }
        return folds;
    }
}
