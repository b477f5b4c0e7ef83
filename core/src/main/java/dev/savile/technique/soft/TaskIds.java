package dev.savile.technique.soft;

import dev.savile.common.UserError;
import java.util.List;
import java.util.stream.Collectors;

/// Which token ids the virtual tokens of tasks have: task by task those behind the vocabulary.
///
/// @param templates  of the tasks, in their order
/// @param vocabulary ids of the model; those at or above it are virtual
public record TaskIds(List<TaskTemplate> templates, int vocabulary) {
    public TaskIds {
        templates = List.copyOf(templates);
    }

    /// Find a task.
    ///
    /// @throws UserError `task.missing` naming those there are
    public TaskTemplate template(String name) {
        for (TaskTemplate template : templates) if (template.name().equals(name)) return template;
        throw missing(name);
    }

    /// Id of a task's first virtual token.
    ///
    /// @throws UserError `task.missing` naming those there are
    public int first(String name) {
        int first = vocabulary;
        for (TaskTemplate template : templates) {
            if (template.name().equals(name)) return first;
            first += template.tokens();
        }
        throw missing(name);
    }

    UserError missing(String name) {
        return UserError.notFound(
                "task.missing",
                "there is no task '" + name + "'",
                "its virtual tokens are unknown",
                "the tasks are: " + templates.stream().map(TaskTemplate::name).collect(Collectors.joining(", ")));
    }
}
