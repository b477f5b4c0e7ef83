package dev.savile.technique.soft;

import dev.savile.common.UserError;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.model.CausalLm;
import dev.savile.technique.Draws;
import dev.savile.technique.StartValues;
import dev.savile.technique.Trainable;
import dev.savile.technique.TrainedTuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Soft prompts of several tasks over one base, in one batch. Tasks share nothing: a new one is trained while those
/// that are there stay as they are, to the bit.
///
/// Task by task the virtual tokens take the ids behind the vocabulary; a template puts them anywhere into a row.
public final class PromptTable implements TrainedTuning {
    private final CausalLm model;
    private final Map<String, Task> tasks = new LinkedHashMap<>();
    private int tokens;

    /// A task's vectors and where they begin among all virtual tokens.
    private record Task(TaskTemplate template, int first, VectorTable vectors, boolean trained) {
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

    /// Add a new task, to be trained.
    ///
    /// @param encoder makes its vectors while they are trained; [Encoder.None] for bare vectors
    /// @param textIds tokens to start bare vectors from; empty for drawn ones
    public PromptTable withNew(TaskTemplate template, Encoder encoder, int[] textIds, long seed) {
        // each task draws from streams of its own, so that adding one shifts no other
        var draws =
                new Draws(model.device(), Rng.of(seed, "task", template.name()).nextLong());
        StartValues start = encoder instanceof Encoder.None
                ? (name, shape) -> SoftPromptTuning.textOrDrawn(model, textIds, template.tokens(), draws, name)
                : VectorTable.fresh(encoder, model.spec().hidden(), draws);
        return add(template, encoder, start, true);
    }

    private PromptTable add(TaskTemplate template, Encoder encoder, StartValues start, boolean trained) {
        if (tasks.containsKey(template.name()))
            throw new UserError(
                    "task.exists",
                    "there is a task '" + template.name() + "' already",
                    "it would be overwritten",
                    "give the new task another name, or remove the old one first");
        VectorTable vectors = SoftPromptTuning.table(template.tokens(), encoder, model, start);
        if (!trained) vectors.trainables().forEach(t -> t.value().requireGradient(false));
        tasks.put(template.name(), new Task(template, tokens, vectors, trained));
        tokens += template.tokens();
        return this;
    }

    /// The tasks in the order in which they were added.
    public List<TaskTemplate> templates() {
        return tasks.values().stream().map(Task::template).toList();
    }

    /// Names of the tasks that are trained.
    public List<String> trainedTasks() {
        return tasks.values().stream()
                .filter(Task::trained)
                .map(task -> task.template.name())
                .toList();
    }

    /// Find a task.
    ///
    /// @throws UserError `task.missing` naming those there are
    public TaskTemplate template(String name) {
        return task(name).template;
    }

    private Task task(String name) {
        Task task = tasks.get(name);
        if (task == null)
            throw UserError.notFound(
                    "task.missing",
                    "there is no task '" + name + "'",
                    "its virtual tokens are unknown",
                    "the tasks are: " + String.join(", ", tasks.keySet()));
        return task;
    }

    /// Id of a task's first virtual token.
    public int firstId(String name) {
        return model.spec().vocabulary() + task(name).first;
    }

    /// Return a task's vectors as they are used, `[tokens, hidden]`.
    public Tensor vectors(String name) {
        return task(name).vectors.finished();
    }

    /// The trained tensors of one task's encoder; empty for bare vectors.
    public List<Trainable> encoder(String name) {
        Task task = task(name);
        return task.vectors.encoded() ? task.vectors.trainables() : List.of();
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
            Tensor all = rows.computeIfAbsent(task, one -> one.vectors.rows());
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
        for (Task task : tasks.values()) {
            if (!task.trained) continue;
            for (Trainable t : task.vectors.trainables()) all.add(t.of(task.template.name()));
        }
        return all;
    }

    @Override
    public void training(boolean on) {
        tasks.values().forEach(task -> task.vectors.training(on));
    }

    @Override
    public void close() {
        tasks.values().forEach(task -> task.vectors.close());
    }
}
