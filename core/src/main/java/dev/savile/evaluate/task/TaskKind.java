package dev.savile.evaluate.task;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What kind of answer a task wants.
public enum TaskKind {
    /// One of a fixed set of labels, by their probabilities.
    LABEL,
    /// One of each row's own choices, by their probabilities.
    CHOICE,
    /// A written text.
    TEXT,
    /// A written text whose last number counts.
    NUMBER,
    /// None: how well the rows' texts are predicted.
    PERPLEXITY;

    /// Whether answers are written by the model.
    public boolean written() {
        return this == TEXT || this == NUMBER;
    }

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws UserError `task.kind`
    static TaskKind of(String id) {
        for (TaskKind kind : values()) if (kind.id().equals(id)) return kind;
        List<String> known = Arrays.stream(values()).map(TaskKind::id).toList();
        throw new UserError(
                "task.kind",
                "'" + id + "' is no kind of task",
                "it says how answers come about and count",
                Nearest.hint(id, known) + "known are: " + String.join(", ", known));
    }
}
