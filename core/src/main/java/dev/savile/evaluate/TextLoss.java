package dev.savile.evaluate;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.objective.SupervisedObjective;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.TDistribution;
import tools.jackson.databind.JsonNode;

/// How well a model predicts given texts: the mean loss of their learned tokens, and its exponential, the perplexity.
///
/// Rows differ in length, so the mean is a ratio of two sums; its interval comes from the spread of the rows' shares
/// in it.
///
/// @param rows   scored
/// @param tokens predicted
/// @param loss   nats a token
/// @param interval of the loss, 95 %; empty for a single row
public record TextLoss(int rows, long tokens, double loss, Optional<Interval> interval) {
    private static final double LEVEL = 0.95;
    /// Rows that are kept together: a run that is cut off loses at most these.
    private static final int CHUNK = 64;

    /// Score rows. Call it on the engine's thread.
    ///
    /// @return nothing when a stop was requested before the end, or no token is learned
    public static Optional<TextLoss> of(
            CausalLm model, Tuning tuning, List<? extends TrainingRow> rows, Progress.Task task, StopSignal stop) {
        return of(model, tuning, rows, AnswerCache.none(), task, stop);
    }

    /// Score rows, and keep what each of them came to: a run that was cut off goes on where it stopped.
    ///
    /// @param cache of the model with this tuning
    /// @return nothing when a stop was requested before the end, or no token is learned
    public static Optional<TextLoss> of(
            CausalLm model,
            Tuning tuning,
            List<? extends TrainingRow> rows,
            AnswerCache cache,
            Progress.Task task,
            StopSignal stop) {
        List<double[]> sums = new ArrayList<>();
        int fresh = 0;
        for (TrainingRow row : rows) {
            String key = key(row);
            double sum = cache.find(key).map(JsonNode::doubleValue).orElse(Double.NaN);
            if (Double.isNaN(sum)) {
                if (stop.requested()) return Optional.empty();
                sum = sum(model, tuning, row);
                if (Double.isFinite(sum)) cache.put(key, sum);
                if (++fresh % CHUNK == 0) cache.save();
            }
            if (row.learnedTokens() > 0) sums.add(new double[] {sum, row.learnedTokens()});
            task.advance(1);
        }
        cache.save();
        return sums.isEmpty() ? Optional.empty() : Optional.of(of(sums));
    }

    private static double sum(CausalLm model, Tuning tuning, TrainingRow row) {
        double sum = 0;
        for (var pass : SupervisedObjective.passes(List.of(row), tuning.lead(), row.length()))
            sum += SupervisedObjective.fit(model, tuning, pass).negativeLogProb();
        return sum;
    }

    private static String key(TrainingRow row) {
        int[] learned = IntStream.range(0, row.length()).filter(row::learned).toArray();
        return AnswerCache.key(row.ids(), List.of("loss", learned));
    }

    /// @param sums loss and tokens of each row
    static TextLoss of(List<double[]> sums) {
        double loss = 0;
        double tokens = 0;
        for (double[] row : sums) {
            loss += row[0];
            tokens += row[1];
        }
        double mean = loss / tokens;
        int n = sums.size();
        if (n < 2) return new TextLoss(n, (long) tokens, mean, Optional.empty());
        double squares = 0;
        for (double[] row : sums) squares += Math.pow(row[0] - mean * row[1], 2);
        double error = Math.sqrt(n / (n - 1.0) * squares) / tokens;
        double half = TDistribution.of(n - 1.0).inverseCumulativeProbability(0.5 + LEVEL / 2) * error;
        return new TextLoss(n, (long) tokens, mean, Optional.of(new Interval(mean - half, mean + half)));
    }

    public double perplexity() {
        return Math.exp(loss);
    }

    /// Put it in words: `loss 1.2040 (1.1800..1.2280) nats a token, perplexity 3.33`.
    public String sentence() {
        String range = interval.map(i -> String.format(Locale.ROOT, " (%.4f..%.4f)", i.low(), i.high()))
                .orElse("");
        return String.format(Locale.ROOT, "loss %.4f%s nats a token, perplexity %.2f", loss, range, perplexity());
    }

    /// Loss and perplexity with their intervals, as programs are told them.
    public Map<String, Object> fields() {
        Optional<Interval> ofPerplexity = interval.map(i -> new Interval(Math.exp(i.low()), Math.exp(i.high())));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("loss", interval.orElse(Interval.UNBOUNDED).fields(loss));
        fields.put("perplexity", ofPerplexity.orElse(Interval.UNBOUNDED).fields(perplexity()));
        return fields;
    }
}
