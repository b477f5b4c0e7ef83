package dev.savile.evaluate.task;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.TextLoss;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.task.TaskRun.Scored;
import dev.savile.text.ChatEncoder;
import dev.savile.text.MaskedRow;
import dev.savile.text.Tokenizer;
import dev.savile.text.TrainingRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// How well a system predicts texts: each token once, in windows as long as the prompt's `max-tokens` or the context. A
/// window begins with the last token of the one before it, which is not scored again, the first one with the token that
/// begins a text, else the one that ends one; so the language-model evaluation harness reads them, too.
///
/// Intervals are those of the loss per token, carried over; a text of a single window has none.
final class PerplexityAnswers {
    private final TaskSpec spec;
    private final TaskSystem system;
    private final AnswerCache cache;

    PerplexityAnswers(TaskSpec spec, TaskSystem system, AnswerCache cache) {
        this.spec = spec;
        this.system = system;
        this.cache = cache;
    }

    Optional<Scored> score(List<TaskItem> items, String split, Progress.Task task, StopSignal stop) {
        var base = system.base();
        int room = base.model().spec().maxPositions() - system.tuning().lead().length();
        int window = Math.min(room, spec.prompt().decoding().maxTokens());
        List<TrainingRow> rows = new ArrayList<>();
        long words = 0;
        long bytes = 0;
        for (TaskItem item : items) {
            rows.addAll(windows(base.encoder(), item.input(), window));
            words += item.input().strip().split("\\s+").length;
            bytes += item.input().getBytes(StandardCharsets.UTF_8).length;
        }
        double perWord = words;
        double perByte = bytes;
        return TextLoss.of(base.model(), system.tuning(), rows, cache, task, stop)
                .map(loss -> {
                    double tokens = loss.tokens();
                    List<Score> scores = new ArrayList<>();
                    for (String metric : spec.metrics())
                        scores.add(
                                switch (metric) {
                                    case "ppl_token" -> score(metric, split, loss, Math::exp);
                                    case "ppl_word" -> score(metric, split, loss, l -> Math.exp(l * tokens / perWord));
                                    case "ppl_byte" -> score(metric, split, loss, l -> Math.exp(l * tokens / perByte));
                                    case "bits_per_byte" ->
                                        score(metric, split, loss, l -> l * tokens / perByte / Math.log(2));
                                    default -> score(metric, split, loss, l -> l);
                                });
                    return new Scored(List.of(), scores, Optional.empty());
                });
    }

    /// Cut a text into rows whose tokens behind the first are all of the text's, each in one row.
    ///
    /// @param window tokens of a row, 2 at least
    static List<TrainingRow> windows(ChatEncoder encoder, String text, int window) {
        Tokenizer tokenizer = encoder.tokenizer();
        int[] ids = IntStream.concat(Arrays.stream(encoder.emptyContext()), Arrays.stream(tokenizer.encode(text)))
                .toArray();
        int step = Math.max(1, window - 1);
        List<TrainingRow> rows = new ArrayList<>();
        for (int from = 0; from < ids.length - 1; from += step)
            rows.add(MaskedRow.whole(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + step + 1))));
        return rows;
    }

    private static Score score(String metric, String split, TextLoss loss, DoubleUnaryOperator of) {
        double value = of.applyAsDouble(loss.loss());
        Interval interval = loss.interval()
                .map(i -> new Interval(of.applyAsDouble(i.low()), of.applyAsDouble(i.high())))
                .orElse(Interval.UNBOUNDED);
        return new Score(metric, "raw", split, loss.rows(), value, interval.including(value), Score.Scale.PLAIN);
    }
}
