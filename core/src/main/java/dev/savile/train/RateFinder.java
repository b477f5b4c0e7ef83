package dev.savile.train;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Rng;
import dev.savile.model.Activations;
import dev.savile.model.CausalLm;
import dev.savile.objective.SupervisedObjective;
import dev.savile.technique.TrainedTuning;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Try rising learning rates over one short run and suggest one: where the loss falls fastest.
///
/// Each step learns from other rows at a rate that is a fixed factor above the last one's. The losses are smoothed; the
/// run ends when they have risen far above the least.
///
/// *Paper*: Smith, "Cyclical learning rates for training neural networks", 2015.
public final class RateFinder {
    private static final double LOWEST = 1e-6;
    private static final double HIGHEST = 1;
    private static final double SMOOTHING = 0.8;
    /// Times the least smoothed loss at which the run ends.
    private static final double DIVERGED = 3;

    private RateFinder() {}

    /// @param loss smoothed mean loss per token
    public record Point(double rate, double loss) {}

    /// @param points     in the order of the rates
    /// @param suggestion a rate to train with
    public record Result(List<Point> points, double suggestion) {
        public Result {
            points = List.copyOf(points);
        }
    }

    /// Try rates on a tuning, whose values are worthless afterwards.
    ///
    /// @param steps number of rates
    public static Result find(
            CausalLm model,
            TrainedTuning tuning,
            List<? extends TrainingRow> rows,
            TrainingOptions options,
            int steps,
            Progress progress,
            StopSignal stop) {
        List<Point> points = new ArrayList<>();
        double average = 0;
        double least = Double.POSITIVE_INFINITY;
        Activations activations = Activations.of(options.saving().recompute());
        tuning.training(true);
        try (var optimizer = new AdamW(tuning.trainables(), options);
                Progress.Task task = progress.start("trying rates", steps, "steps")) {
            for (int step = 0; step < steps && !stop.requested(); step++) {
                double rate = LOWEST * Math.pow(HIGHEST / LOWEST, step / (steps - 1.0));
                List<TrainingRow> chosen = chosen(rows, options, step);
                long targets = SupervisedObjective.targets(chosen);
                if (targets == 0) continue;
                double loss = 0;
                for (var pass : SupervisedObjective.passes(chosen, tuning.lead(), options.forestTokens()))
                    loss += SupervisedObjective.backward(model, tuning, pass, targets, activations);
                double norm = optimizer.gradientNorm();
                if (!Double.isFinite(loss) || !Double.isFinite(norm)) break;
                optimizer.step(rate, norm);
                average = SMOOTHING * average + (1 - SMOOTHING) * loss;
                double smoothed = average / (1 - Math.pow(SMOOTHING, points.size() + 1));
                points.add(new Point(rate, smoothed));
                least = Math.min(least, smoothed);
                task.advance(1);
                task.note(String.format(Locale.ROOT, "rate %.1e, loss %.3f", rate, smoothed));
                if (smoothed > DIVERGED * least) break;
            }
        } finally {
            tuning.training(false);
        }
        return new Result(points, suggestion(points));
    }

    private static List<TrainingRow> chosen(List<? extends TrainingRow> rows, TrainingOptions options, int step) {
        int[] order = Rng.of(options.seed(), "rates", Integer.toString(step)).permutation(rows.size());
        List<TrainingRow> chosen = new ArrayList<>();
        for (int i = 0; i < Math.min(options.rowsPerStep(), order.length); i++) chosen.add(rows.get(order[i]));
        return chosen;
    }

    /// The rate at which the smoothed loss falls fastest on a scale of the rate's logarithm, before its minimum.
    static double suggestion(List<Point> points) {
        int bottom = 0;
        for (int i = 1; i < points.size(); i++) if (points.get(i).loss < points.get(bottom).loss) bottom = i;
        int best = -1;
        double steepest = 0;
        for (int i = 2; i <= bottom - 1; i++) {
            double slope = points.get(i + 1).loss - points.get(i - 1).loss;
            if (slope < steepest) {
                steepest = slope;
                best = i;
            }
        }
        if (best < 0) return Double.NaN; // nothing fell: there is nothing to suggest
        return points.get(best).rate;
    }
}
