package dev.savile.evaluate.task;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.evaluate.TextMetric;
import dev.savile.evaluate.metrics.text.Normalisation;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A metric of a task: one of written answers, or a name from those that go with its kind.
///
/// @param name as it is printed and named in files
/// @param text how written answers are measured; empty for other kinds, and for `pass@k`
public record TaskMetric(String name, Optional<TextMetric> text) {
    /// The squared distance between the probabilities of all labels and the truth.
    static final String BRIER = "brier";

    /// A choice's own probability, without the question, divided out.
    static final String PMI = "accuracy(pmi)";

    private static final String SELECTIVE = "selective_acc@";
    private static final Pattern SELECTIVE_AT = Pattern.compile(SELECTIVE + "(0?\\.\\d+|1(?:\\.0+)?)");
    private static final Pattern PASS_AT = Pattern.compile("pass@([1-9]\\d{0,4})");
    private static final List<String> USUAL_OF_LABELS = List.of("accuracy", "macro_f1", "mcc", "ece10", "brier_top");
    private static final List<String> OF_LABELS = Stream.concat(
                    USUAL_OF_LABELS.stream(), Stream.of(BRIER, SELECTIVE + "0.8"))
            .toList();
    private static final List<String> OF_CHOICES =
            List.of("accuracy", "accuracy(sum)", "accuracy(token)", "accuracy(char)", "accuracy(byte)", PMI);
    private static final List<String> OF_PERPLEXITY =
            List.of("loss", "ppl_token", "ppl_word", "ppl_byte", "bits_per_byte");

    /// @throws UserError `task.metric` for one that does not go with the kind, with those that do
    static TaskMetric of(String name, TaskKind kind) {
        if (kind.written())
            return new TaskMetric(name, passAt(name).isPresent() ? Optional.empty() : Optional.of(TextMetric.of(name)));
        List<String> known = known(kind);
        if (known.contains(name) || (kind == TaskKind.LABEL && selectiveAt(name).isPresent()))
            return new TaskMetric(name, Optional.empty());
        throw new UserError(
                "task.metric",
                "the metric '" + name + "' does not fit a task of kind " + kind.id(),
                "its answers are not of the form that this metric measures",
                Nearest.hint(name, known) + "those that fit are: " + String.join(", ", known));
    }

    /// The k of `pass@k`: how likely one of k answers is right. Nothing for another metric.
    static OptionalInt passAt(String name) {
        Matcher matcher = PASS_AT.matcher(name);
        return matcher.matches() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }

    /// The c of `selective_acc@c`: the share of answers, the most confident ones, whose accuracy is measured. Nothing
    /// for another metric.
    static OptionalDouble selectiveAt(String name) {
        Matcher matcher = SELECTIVE_AT.matcher(name);
        if (!matcher.matches()) return OptionalDouble.empty();
        double share = Double.parseDouble(matcher.group(1));
        return share > 0 ? OptionalDouble.of(share) : OptionalDouble.empty();
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
            case LABEL -> USUAL_OF_LABELS;
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
