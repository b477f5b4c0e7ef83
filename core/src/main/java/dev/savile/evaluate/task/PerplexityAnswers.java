package dev.savile.evaluate.task;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.data.Example;
import dev.savile.evaluate.AnswerCache;
import dev.savile.evaluate.TextLoss;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.task.TaskRun.Scored;
import dev.savile.train.ExampleEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// How well a system predicts texts: each token once, in windows as long as the prompt's `max-tokens` or the context.
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
        var encoder = new ExampleEncoder(base.encoder(), new ExampleEncoder.Settings(window, true, true, false));
        List<Example> texts = new ArrayList<>();
        long words = 0;
        long bytes = 0;
        for (TaskItem item : items) {
            texts.add(new Example.Text(item.input(), item.line()));
            words += item.input().strip().split("\\s+").length;
            bytes += item.input().getBytes(StandardCharsets.UTF_8).length;
        }
        double perWord = words;
        double perByte = bytes;
        return TextLoss.of(base.model(), system.tuning(), encoder.encode(texts).rows(), cache, task, stop)
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

    private static Score score(String metric, String split, TextLoss loss, DoubleUnaryOperator of) {
        double value = of.applyAsDouble(loss.loss());
        Interval interval = loss.interval()
                .map(i -> new Interval(of.applyAsDouble(i.low()), of.applyAsDouble(i.high())))
                .orElse(Interval.UNBOUNDED);
        return new Score(metric, "raw", split, loss.rows(), value, interval.including(value), Score.Scale.PLAIN);
    }
}
