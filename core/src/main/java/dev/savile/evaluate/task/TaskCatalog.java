package dev.savile.evaluate.task;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The tasks that come with Savile, by name. Their rows do not: each names the files of its data set.
public final class TaskCatalog {
    private static final String INDEX = "index.txt";

    private TaskCatalog() {}

    /// Return the names of the tasks there are.
    public static List<String> names() {
        return text(INDEX).lines().filter(line -> !line.isBlank()).toList();
    }

    /// Return a task that comes with Savile, or that of a file.
    ///
    /// @param given a name, or the path of a YAML file
    /// @throws UserError `task.unknown`, and those of [TaskSpec#read]
    public static TaskSpec find(String given) {
        if (names().contains(given)) return ready(given);
        Path file = Path.of(given);
        if (Files.exists(file) || given.endsWith(".yaml") || given.endsWith(".yml")) return TaskSpec.read(file);
        throw UserError.notFound(
                "task.unknown",
                "there is no task '" + given + "'",
                "neither a task of this name nor a file is there",
                Nearest.hint(given, names()) + "there are: " + String.join(", ", names()));
    }

    private static TaskSpec ready(String name) {
        return TaskSpec.parse(text(name + ".yaml"), name + ".yaml");
    }

    /// Return all tasks.
    public static List<TaskSpec> all() {
        List<TaskSpec> all = new ArrayList<>();
        for (String name : names()) all.add(ready(name));
        return all;
    }

    private static String text(String resource) {
        try (InputStream in = TaskCatalog.class.getResourceAsStream(resource)) {
            if (in == null) throw new IllegalStateException("the resource " + resource + " is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
