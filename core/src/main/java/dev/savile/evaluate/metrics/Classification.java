package dev.savile.evaluate.metrics;

import dev.savile.engine.Rng;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.ClusteredMean;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.ItemScores;
import dev.savile.evaluate.statistics.Proportion;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Score the labels that a system gave to items.
///
/// Accuracy is the mean credit, with the interval of a share: Wilson's, over clusters Student's. An item whose gold
/// label ties with others for the first
/// place may carry a fraction of the credit (one over the number of tied labels). Macro F1 and the Matthews
/// correlation are functions of all items at once; their intervals come from resampling items, or clusters. The counts
/// use the one answer that was given.
public final class Classification {
    private static final int DRAWS = 2_000;

    private final ItemScores credits;
    private final Confusion confusion;
    private final LabelPairs pairs;
    private final Clusters clusters;

    private Classification(ItemScores credits, Confusion confusion, LabelPairs pairs, Clusters clusters) {
        this.credits = credits;
        this.confusion = confusion;
        this.pairs = pairs;
        this.clusters = clusters;
    }

    /// Score predictions that are right or wrong.
    public static Classification of(List<String> gold, List<Prediction> predictions) {
        boolean[] correct = new boolean[gold.size()];
        for (int i = 0; i < correct.length && i < predictions.size(); i++) {
            correct[i] = switch (predictions.get(i)) {
                case Prediction.Parsed(String value) -> value.equals(gold.get(i));
                case Prediction.Unparsed _ -> false;
            };
        }
        return withCredits(gold, predictions, ItemScores.of(correct));
    }

    /// Score predictions with a credit of 0 to 1 each.
    public static Classification withCredits(List<String> gold, List<Prediction> predictions, ItemScores credits) {
        if (credits.size() != gold.size())
            throw new IllegalArgumentException(gold.size() + " gold labels, but " + credits.size() + " credits");
        Confusion confusion = Confusion.of(gold, predictions);
        return new Classification(
                credits,
                confusion,
                LabelPairs.of(confusion.labels(), gold, predictions),
                Clusters.singletons(gold.size()));
    }

    /// Take intervals of items that hang together.
    public Classification over(Clusters together) {
        if (together.items() != items())
            throw new IllegalArgumentException(together.items() + " items in clusters for " + items() + " items");
        return new Classification(credits, confusion, pairs, together);
    }

    public Confusion confusion() {
        return confusion;
    }

    /// Return the credit of each item, which is what a paired comparison takes.
    public ItemScores credits() {
        return credits;
    }

    public Score accuracy(String normalisation, String split) {
        double value = credits.mean();
        Interval interval = ClusteredMean.ofShare(credits.toArray(), clusters, Score.LEVEL);
        return new Score("accuracy", normalisation, split, items(), value, interval.including(value));
    }

    /// Return the plain mean of F1 over the labels in gold and predictions.
    public Score macroF1(String normalisation, String split, Rng rng) {
        Interval share = hits();
        return resampled("macro_f1", normalisation, split, rng, LabelPairs.Marginals::macroF1, share);
    }

    /// Return the Matthews correlation coefficient; 0 where it is not defined.
    public Score matthews(String normalisation, String split, Rng rng) {
        Interval share = hits();
        Interval correlation = new Interval(2 * share.low() - 1, 2 * share.high() - 1);
        return resampled("mcc", normalisation, split, rng, LabelPairs.Marginals::matthews, correlation);
    }

    /// Return macro F1 of any of the items, for comparisons that resample them.
    public BootstrapDraws.Statistic macroF1OfAny() {
        return items -> pairs.marginals(items).macroF1();
    }

    /// Return the Matthews correlation of any of the items, for comparisons that resample them.
    public BootstrapDraws.Statistic matthewsOfAny() {
        return items -> pairs.marginals(items).matthews();
    }

    /// Return accuracy, macro F1 and the Matthews correlation.
    public List<Score> scores(String normalisation, String split, Rng rng) {
        return List.of(
                accuracy(normalisation, split),
                macroF1(normalisation, split, rng),
                matthews(normalisation, split, rng));
    }

    /// When all answers are right, or all wrong, or of one cluster, every resample says the same. Then the interval of
    /// the share of right answers stands in, which does not collapse.
    private Score resampled(
            String metric,
            String normalisation,
            String split,
            Rng rng,
            ToDoubleFunction<LabelPairs.Marginals> statistic,
            Interval withoutSpread) {
        BootstrapDraws draws = BootstrapDraws.of(
                clusters.count(), DRAWS, rng, clusters.drawn(items -> statistic.applyAsDouble(pairs.marginals(items))));
        boolean unanimous = confusion.correct() == items() || confusion.correct() == 0;
        Interval interval = withoutSpread;
        if (!unanimous && clusters.count() > 1) {
            interval = draws.percentile(Score.LEVEL);
            if (clusters.allSingletons())
                interval = draws.biasCorrected(Score.LEVEL, pairs.leaveOneOut(statistic))
                        .orElse(interval);
        }
        double value = draws.estimate();
        return new Score(metric, normalisation, split, items(), value, interval.including(value));
    }

    private Interval hits() {
        double share = (double) confusion.correct() / items();
        return Proportion.wilson(share * clusters.count(), clusters.count(), Score.LEVEL);
    }

    private int items() {
        return pairs.items();
    }
}
