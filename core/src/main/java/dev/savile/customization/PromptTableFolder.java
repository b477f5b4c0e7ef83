package dev.savile.customization;

import dev.savile.common.DurableFiles;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.files.safetensors.SafetensorsWriter;
import dev.savile.model.CausalLm;
import dev.savile.technique.Technique;
import dev.savile.technique.Trainable;
import dev.savile.technique.soft.Encoder;
import dev.savile.technique.soft.PromptTable;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftStart;
import dev.savile.technique.soft.TaskTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Read and write prompt tables: a sub-folder for each task, a prompt-tuning adapter in PEFT's layout with the task's
/// template beside it, and the order of the tasks.
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
        PromptTable table = PromptTable.empty(model);
        try {
            for (String task : tasks(folder)) {
                TaskTemplate template = template(folder, task);
                AdapterTensors.read(
                        folder.resolve(task).resolve(PeftFolder.WEIGHTS),
                        List::of,
                        Set.of(),
                        start -> table.withFinished(template, start));
            }
            return table;
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
    }

    /// Write a table. Tasks that were there before are copied byte for byte.
    ///
    /// @param before folder of the table that this one began with; the table's own for none
    public static void write(Path folder, PromptTable table, Path before, CausalLm model, String baseName) {
        for (TaskTemplate template : table.templates()) {
            Path own = folder.resolve(template.name());
            if (table.trainedTasks().contains(template.name())) write(own, template, table, model, baseName);
            else copy(before.resolve(template.name()), own);
        }
        DurableFiles.write(
                folder.resolve(ORDER),
                Json.pretty(table.templates().stream().map(TaskTemplate::name).toList()));
    }

    private static void write(Path folder, TaskTemplate template, PromptTable table, CausalLm model, String baseName) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            var technique = new Technique.PromptTuning(new PromptTuningSpec(template.tokens(), SoftStart.RANDOM, ""));
            DurableFiles.write(
                    folder.resolve(PeftFolder.CONFIG),
                    Json.prettySorted(PeftSoftConfig.of(technique, model.spec(), baseName)));
            AdapterTensors.write(
                    folder.resolve(PeftFolder.WEIGHTS),
                    List.of(AdapterTensors.entry(Encoder.TABLE, table.vectors(template.name()))));
            DurableFiles.write(folder.resolve(TEMPLATE), Json.pretty(template));
            List<SafetensorsWriter.Entry> encoder = new ArrayList<>();
            for (Trainable t : table.encoder(template.name())) encoder.add(AdapterTensors.entry(t.name(), t.value()));
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
                var renamed = new TaskTemplate(
                        name,
                        old.template(),
                        old.tokens(),
                        old.splits(),
                        old.truncateField(),
                        old.answerOnly(),
                        old.answerField());
                DurableFiles.write(folder.resolve(name).resolve(TEMPLATE), Json.pretty(renamed));
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
