package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.customization.Customization;
import dev.savile.customization.CustomizationWriter;
import dev.savile.customization.Manifest;
import dev.savile.customization.PromptTableFolder;
import dev.savile.customization.Registry;
import dev.savile.technique.soft.TaskTemplate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// List, rename and remove the tasks of a prompt table.
@Command(
        name = "tasks",
        description =
                "List the tasks of a table of soft prompts; --rename and --remove write another version of it to --out, whose other tasks are the same to the byte.")
final class TasksVerb implements Verb {
    private final Console console;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--with", paramLabel = "TABLE", required = true, description = "The table's folder or name.")
    String table = "";

    @Option(names = "--rename", paramLabel = "OLD=NEW", description = "Give a task another name; repeatable.")
    Map<String, String> renamed = new LinkedHashMap<>();

    @Option(names = "--remove", paramLabel = "NAME", description = "Leave a task out; repeatable.")
    List<String> removed = new ArrayList<>();

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the changed table.")
    @Nullable
    Path out;

    TasksVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path folder = new Registry(console.env().home()).find(table);
        Customization customization = Customization.open(folder);
        if (!customization.technique().equals(Customization.PROMPT_TABLE))
            throw new UserError(
                    "tasks.table",
                    folder + " is of the technique " + customization.technique(),
                    "only a table of soft prompts has tasks",
                    "make one with: savile tune prompt_tuning --tasks FILE");
        return renamed.isEmpty() && removed.isEmpty() ? list(folder) : edit(folder, customization);
    }

    private int list(Path folder) {
        List<Object> tasks = new ArrayList<>();
        for (String name : PromptTableFolder.tasks(folder)) {
            TaskTemplate template = PromptTableFolder.template(folder, name);
            console.print(
                    String.format(Locale.ROOT, "%-24s %4d tokens  %s", name, template.tokens(), template.template()));
            tasks.add(Json.strict().valueToTree(template));
        }
        console.result(Map.of("tasks", tasks));
        return ExitCode.OK;
    }

    private int edit(Path folder, Customization customization) {
        Path target = out;
        if (target == null)
            throw new UserError(
                    "tasks.out",
                    "no folder was given for the changed table",
                    "a table never changes; a changed one is another version",
                    "name one with --out");
        List<String> tasks = PromptTableFolder.tasks(folder);
        for (String name : concat(removed, renamed.keySet()))
            if (!tasks.contains(name))
                throw UserError.notFound(
                        "task.missing",
                        "there is no task '" + name + "'",
                        "nothing would change",
                        "the tasks are: " + String.join(", ", tasks));
        Map<String, String> names = new LinkedHashMap<>();
        for (String task : tasks) if (!removed.contains(task)) names.put(task, renamed.getOrDefault(task, task));
        if (names.isEmpty())
            throw new UserError(
                    "tasks.empty", "no task would be left", "a table without tasks answers nothing", "keep one");
        CustomizationWriter.claim(target, false);
        Manifest manifest = customization.manifest().orElseThrow();
        CustomizationWriter.edited(target, folder, names, manifest);
        console.print("saved " + target + " with " + String.join(", ", names.values()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("customization", target.toString());
        result.put("tasks", List.copyOf(names.values()));
        console.result(result);
        return ExitCode.OK;
    }

    private static List<String> concat(List<String> one, Iterable<String> other) {
        List<String> all = new ArrayList<>(one);
        other.forEach(all::add);
        return all;
    }
}
