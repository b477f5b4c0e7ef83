package dev.savile.customization;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.model.CausalLm;
import dev.savile.technique.StartValues;
import dev.savile.technique.Technique;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.TaskTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Read and write prompt tables: a sub-folder for each task, an adapter of prompt tuning or p-tuning in PEFT's layout
/// with the task's template and the encoder beside it, and the order of the tasks.
public final class PromptTableFolder {
    private static final String ORDER = "savile/tasks.json";
    private static final String TEMPLATE = "savile/task.json";
    private static final String ENCODER = "savile/encoder.safetensors";

    private PromptTableFolder() {}

    /// Names of the tasks of a table, in their order.
    public static List<String> tasks(Path folder) {
        return Arrays.asList(Json.read(folder.resolve(ORDER), String[].class));
    }

    public static TaskTemplate template(Path folder, String task) {
        return Json.read(folder.resolve(task).resolve(TEMPLATE), TaskTemplate.class);
    }

    /// Read a table to use it, or to add tasks to it.
    public static PromptTable read(Path folder, CausalLm model) {
        return readToTrain(folder, model, List.of(), false);
    }

    /// Read a table to train some of its tasks further.
    ///
    /// @param further names of those tasks
    /// @param encoded whether to go on with the encoders that made their vectors, else with the vectors themselves
    /// @throws UserError `task.encoder` for a task that no encoder made, or whose encoder is not kept;
    ///     `adapter.encoder` for an encoder that does not give the task's vectors
    public static PromptTable readToTrain(Path folder, CausalLm model, Collection<String> further, boolean encoded) {
        PromptTable table = PromptTable.empty(model);
        try {
            for (String task : tasks(folder)) {
                TaskTemplate template = template(folder, task);
                Path own = folder.resolve(task);
                if (!further.contains(task)) add(own, start -> table.withFinished(template, start));
                else if (encoded) withEncoder(own, template, table, model);
                else add(own, start -> table.withFurther(template, new Encoder.None(), start));
            }
            return table;
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
    }

    private static void add(Path folder, Function<StartValues, PromptTable> build) {
        AdapterTensors.read(folder.resolve(PeftFolder.WEIGHTS), List::of, Set.of(), build);
    }

    private static void withEncoder(Path folder, TaskTemplate template, PromptTable table, CausalLm model) {
        boolean made = PeftFolder.technique(folder).equals(Technique.PTuning.ID);
        if (!made || !Files.exists(folder.resolve(ENCODER)))
            throw new UserError(
                    "task.encoder",
                    "the task '" + template.name() + "' has no encoder that training could go on with",
                    made ? "its file is not there" : "its vectors were trained without one",
                    "go on with its vectors alone: savile tune prompt_tuning with the same --from");
        Path values = folder.resolve(ENCODER);
        Encoder encoder = PeftSoftConfig.pTuning(Json.tree(folder.resolve(PeftFolder.CONFIG)), model.spec(), values)
                .spec()
                .encoder();
        AdapterTensors.read(values, List::of, Set.of(), start -> table.withFurther(template, encoder, start));
        try (var scope = Scope.open();
                var off = Grad.off();
                PromptTable stored = PromptTable.empty(model)) {
            add(folder, start -> stored.withFinished(template, start));
            PeftFolder.requireSame(folder, table.vectors(template.name()), stored.vectors(template.name()));
        }
    }

    /// Write a table. Tasks that were there before are copied byte for byte.
    ///
    /// @param before folder of the table that this one began with; the table's own for none
    public static void write(Path folder, PromptTable table, Path before, CausalLm model, String baseName) {
        for (TaskTemplate template : table.ids().templates()) {
            Path own = folder.resolve(template.name());
            if (table.trainedTasks().contains(template.name())) write(own, template, table, model, baseName);
            else copy(before.resolve(template.name()), own);
        }
        DurableFiles.write(
                folder.resolve(ORDER),
                Json.pretty(
                        table.ids().templates().stream().map(TaskTemplate::name).toList()));
    }

    private static void write(Path folder, TaskTemplate template, PromptTable table, CausalLm model, String baseName) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            DurableFiles.write(
                    folder.resolve(PeftFolder.CONFIG),
                    Json.prettySorted(PeftSoftConfig.of(table.technique(template.name()), model.spec(), baseName)));
            AdapterTensors.write(
                    folder.resolve(PeftFolder.WEIGHTS),
                    List.of(AdapterTensors.entry(Encoder.TABLE, table.vectors(template.name()))));
            DurableFiles.write(folder.resolve(TEMPLATE), Json.pretty(template));
            List<SafetensorsWriter.Entry> encoder = new ArrayList<>();
            table.encoder(template.name()).forEach((name, value) -> encoder.add(AdapterTensors.entry(name, value)));
            if (!encoder.isEmpty()) AdapterTensors.write(folder.resolve(ENCODER), encoder);
        }
    }

    /// Write a table without some tasks, or with other names; nothing else changes.
    ///
    /// @param names new names by old ones; a task that is not among them is left out
    /// @throws UserError `task.exists` when two tasks would have one name
    public static void edit(Path before, Path folder, Map<String, String> names) {
        if (Set.copyOf(names.values()).size() < names.size())
            throw new UserError(
                    "task.exists",
                    "two tasks would have the same name",
                    "one of them would be lost",
                    "choose another name");
        List<String> order = new ArrayList<>();
        for (String task : tasks(before)) {
            String name = names.get(task);
            if (name == null) continue;
            copy(before.resolve(task), folder.resolve(name));
            if (!name.equals(task)) {
                TaskTemplate old = template(before, task);
                DurableFiles.write(folder.resolve(name).resolve(TEMPLATE), Json.pretty(old.named(name)));
            }
            order.add(name);
        }
        DurableFiles.write(folder.resolve(ORDER), Json.pretty(order));
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList())
                DurableFiles.write(to.resolve(from.relativize(file).toString()), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
