package dev.savile.technique.soft;

import dev.savile.common.UserError;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.Draws;
import dev.savile.technique.StartValues;
import dev.savile.technique.Technique;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Soft prompts of several tasks over one base, in one batch. A new one is trained while those that are there stay as
/// they are, to the bit. Finished tasks share nothing; those that are p-tuned together share the encoder until then.
///
/// Task by task the virtual tokens take the ids behind the vocabulary; a template puts them anywhere into a row.
public final class PromptTable implements TrainedTuning {
    /// Owner of the tensors of an encoder that several tasks share.
    private static final String SHARED = "tasks";

    private final CausalLm model;
    private final Map<String, Task> tasks = new LinkedHashMap<>();
    private int tokens;

    /// A task's vectors and where they begin among all virtual tokens.
    ///
    /// @param name what an encoder that several tasks share reads first for this one, `[at most tokens, hidden]`;
    ///     null where the task has vectors or an encoder of its own
    private record Task(
            TaskTemplate template,
            int first,
            VectorTable vectors,
            @Nullable Tensor name,
            boolean trained) {
        Tensor rows() {
            return name == null ? vectors.rows() : vectors.rows(name);
        }

        /// What stands before the names of its tensors.
        String owner() {
            return name == null ? template.name() : SHARED;
        }

        boolean owns(int index) {
            return index >= first && index < first + template.tokens();
        }
    }

    private PromptTable(CausalLm model) {
        this.model = model;
    }

    /// Begin a table without tasks.
    public static PromptTable empty(CausalLm model) {
        return new PromptTable(model);
    }

    /// Add a task that is there already; it is not trained.
    ///
    /// @param start gives its vectors, `[tokens, hidden]`
    public PromptTable withFinished(TaskTemplate template, StartValues start) {
        return add(template, new Encoder.None(), start, false);
    }

    /// Add a task that is there already, to be trained further by itself.
    ///
    /// @param encoder made its vectors; [Encoder.None] to go on from the vectors themselves
    /// @param start   gives the encoder's values, or the vectors
    public PromptTable withFurther(TaskTemplate template, Encoder encoder, StartValues start) {
        return add(template, encoder, start, true);
    }

    /// Add a new task, to be trained by itself.
    ///
    /// @param vectors where bare vectors start
    /// @param textIds tokens to start them from with [SoftStart#TEXT]
    public PromptTable withNew(TaskTemplate template, SoftStart vectors, int[] textIds, long seed) {
        Draws draws = draws(template, seed);
        return add(
                template,
                new Encoder.None(),
                SoftPromptTuning.start(vectors, model, template.tokens(), textIds, draws),
                true);
    }

    /// Add a new task, to be trained by itself through an encoder, which makes its vectors until it is finished.
    public PromptTable withNew(TaskTemplate template, Encoder encoder, long seed) {
        return add(template, encoder, VectorTable.fresh(encoder, model.spec().hidden(), draws(template, seed)), true);
    }

    /// Each task draws from streams of its own, so that adding one shifts no other.
    private Draws draws(TaskTemplate template, long seed) {
        return new Draws(model.device(), Rng.of(seed, "task", template.name()).nextLong());
    }

    /// Add new tasks whose vectors one encoder makes, to be trained together. It reads the same rows for all, but
    /// for the first, where the vocabulary's vectors of the words of the task's own name stand, which are not
    /// trained: no task's vectors depend on the names of the others. An LSTM carries what the name says on to all
    /// rows; an MLP reads each alone, and would make the rest the same for all tasks.
    ///
    /// @param names token ids of each task's name
    /// @throws UserError `task.tokens` for unlike numbers of virtual tokens; `task.names` where names begin alike
    public PromptTable withTogether(
            List<TaskTemplate> templates, Encoder.Lstm encoder, Map<String, int[]> names, long seed) {
        int count = templates.getFirst().tokens();
        Map<List<Integer>, String> heads = new HashMap<>();
        for (TaskTemplate template : templates) {
            String task = template.name();
            requireNew(task);
            if (template.tokens() != count)
                throw new UserError(
                        "task.tokens",
                        "'" + templates.getFirst().name() + "' has " + count + " virtual tokens, '" + task + "' "
                                + template.tokens(),
                        "one encoder makes the same number for each task that is trained with it",
                        "give them the same total_virtual_tokens, or train them one after the other with --table");
            String other = heads.putIfAbsent(
                    Arrays.stream(head(names, task, count)).boxed().toList(), task);
            if (other != null)
                throw new UserError(
                        "task.names",
                        "the names '" + other + "' and '" + task + "' have the same first " + count + " tokens",
                        "an encoder that makes the vectors of both tells them apart by their names",
                        "choose names that begin differently, or more virtual tokens");
        }
        var draws = new Draws(model.device(), Rng.of(seed, "tasks").nextLong());
        StartValues start = VectorTable.fresh(encoder, model.spec().hidden(), draws);
        VectorTable shared = SoftPromptTuning.table(count, encoder, model, start);
        for (TaskTemplate template : templates)
            try (var scope = Scope.open()) {
                Tensor name = SoftPromptTuning.embedded(model, head(names, template.name(), count));
                add(template, shared, name.retain(), true);
            }
        return this;
    }

    private static int[] head(Map<String, int[]> names, String task, int count) {
        int[] ids = Objects.requireNonNull(names.get(task));
        return Arrays.copyOf(ids, Math.min(count, ids.length));
    }

    private PromptTable add(TaskTemplate template, Encoder encoder, StartValues start, boolean trained) {
        requireNew(template.name());
        VectorTable vectors = SoftPromptTuning.table(template.tokens(), encoder, model, start);
        if (!trained) vectors.trainables().forEach(t -> t.value().requireGradient(false));
        return add(template, vectors, null, trained);
    }

    private PromptTable add(TaskTemplate template, VectorTable vectors, @Nullable Tensor name, boolean trained) {
        tasks.put(template.name(), new Task(template, tokens, vectors, name, trained));
        tokens += template.tokens();
        return this;
    }

    private void requireNew(String name) {
        if (tasks.containsKey(name))
            throw new UserError(
                    "task.exists",
                    "there is a task '" + name + "' already",
                    "it would be overwritten",
                    "give the new task another name, or remove the old one first");
    }

    /// The tasks in the order in which they were added, and the ids of their virtual tokens.
    public TaskIds ids() {
        return new TaskIds(
                tasks.values().stream().map(Task::template).toList(),
                model.spec().vocabulary());
    }

    /// Names of the tasks that are trained.
    public List<String> trainedTasks() {
        return tasks.values().stream()
                .filter(Task::trained)
                .map(task -> task.template.name())
                .toList();
    }

    private Task task(String name) {
        Task task = tasks.get(name);
        if (task == null) throw ids().missing(name);
        return task;
    }

    /// Return a task's vectors as they are used, `[tokens, hidden]`.
    public Tensor vectors(String name) {
        Task task = task(name);
        return task.vectors.finished(task::rows);
    }

    /// Prompt tuning or p-tuning, as a task's vectors are made.
    public Technique technique(String name) {
        Task task = task(name);
        int count = task.template.tokens();
        return task.vectors.encoded()
                ? new Technique.PTuning(new PTuningSpec(count, task.vectors.encoder()))
                : new Technique.PromptTuning(new PromptTuningSpec(count, SoftStart.RANDOM, ""));
    }

    /// What stands before the names of a trained task's tensors: its own name, or that of all which share its encoder.
    public String owner(String name) {
        return task(name).owner();
    }

    /// The values of the encoder that makes a task's vectors, by name; empty for bare vectors. A shared encoder's
    /// values are those for this task alone: what the task's name gave it stands in the table that it reads. They
    /// belong to the caller's scope.
    public Map<String, Tensor> encoder(String name) {
        Task task = task(name);
        return task.vectors.encoded() ? task.vectors.values(task.name) : Map.of();
    }

    @Override
    public int virtualTokens() {
        return tokens;
    }

    @Override
    public Tensor virtual(int... indices) {
        // Only tasks that a pass meets are evaluated; each once.
        Map<Task, Tensor> rows = new LinkedHashMap<>();
        List<Tensor> parts = new ArrayList<>();
        for (int from = 0; from < indices.length; ) {
            Task task = owner(indices[from]);
            int to = from;
            List<Integer> own = new ArrayList<>();
            while (to < indices.length && task.owns(indices[to])) own.add(indices[to++] - task.first);
            Tensor all = rows.computeIfAbsent(task, Task::rows);
            int[] places = own.stream().mapToInt(Integer::intValue).toArray();
            parts.add(Ops.embedding(all, Tensors.of(places).on(all.device())));
            from = to;
        }
        return Tensors.concatenate(parts, 0);
    }

    private Task owner(int index) {
        for (Task task : tasks.values()) if (task.owns(index)) return task;
        throw new IllegalArgumentException("no task has the virtual token " + index);
    }

    @Override
    public List<Trainable> trainables() {
        List<Trainable> all = new ArrayList<>();
        Set<VectorTable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Task task : tasks.values()) {
            if (!task.trained || !seen.add(task.vectors)) continue;
            for (Trainable t : task.vectors.trainables()) all.add(t.of(task.owner()));
        }
        return all;
    }

    @Override
    public void training(boolean on) {
        tasks.values().forEach(task -> task.vectors.training(on));
    }

    @Override
    public void close() {
        for (Task task : tasks.values()) {
            task.vectors.close(); // again, where it is shared, which does no harm
            if (task.name != null) task.name.release();
        }
    }
}
