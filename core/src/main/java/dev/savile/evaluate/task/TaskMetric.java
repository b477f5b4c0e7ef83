package dev.savile.evaluate.task;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.evaluate.TextMetric;
import dev.savile.evaluate.metrics.text.Normalisation;
import java.util.List;
import java.util.Optional;

/// A metric of a task: one of written answers, or a name from those that go with its kind.
///
/// @param name as it is printed and named in files
/// @param text how written answers are measured; empty for other kinds
public record TaskMetric(String name, Optional<TextMetric> text) {
    private static final List<String> OF_LABELS = List.of("accuracy", "macro_f1", "mcc", "ece10", "brier_top");
    private static final List<String> OF_CHOICES =
            List.of("accuracy", "accuracy(sum)", "accuracy(token)", "accuracy(char)", "accuracy(byte)");
    private static final List<String> OF_PERPLEXITY =
            List.of("loss", "ppl_token", "ppl_word", "ppl_byte", "bits_per_byte");

    /// @throws UserError `task.metric` for one that does not go with the kind, with those that do
    static TaskMetric of(String name, TaskKind kind) {
        if (kind.written()) return new TaskMetric(name, Optional.of(TextMetric.of(name)));
        List<String> known = known(kind);
        if (known.contains(name)) return new TaskMetric(name, Optional.empty());
        throw new UserError(
                "task.metric",
                "the metric '" + name + "' does not fit a task of kind " + kind.id(),
                "its answers are not of the form that this metric measures",
                Nearest.hint(name, known) + "those that fit are: " + String.join(", ", known));
    }

    private static List<String> known(TaskKind kind) {
        return switch (kind) {
            case LABEL -> OF_LABELS;
            case CHOICE -> OF_CHOICES;
            case PERPLEXITY -> OF_PERPLEXITY;
            case TEXT, NUMBER -> List.of();
        };
    }

    /// The metrics of a task that names none.
    static List<String> usual(TaskKind kind, boolean slots) {
        return switch (kind) {
            case LABEL -> OF_LABELS;
            case CHOICE -> List.of("accuracy(sum)", "accuracy(token)", "accuracy(char)");
            case PERPLEXITY -> List.of("bits_per_byte", "ppl_word", "ppl_byte", "ppl_token", "loss");
            case NUMBER -> List.of(new TextMetric(TextMetric.Measure.EXACT_MATCH, Normalisation.NUMBER).name());
            case TEXT ->
                slots
                        ? List.of("bleu", "chrF", "rougeL", "slot_error_rate")
                        : List.of("exact_match(squad)", "token_f1", "rougeL", "chrF", "bleu");
        };
    }
}
