package dev.savile.evaluate.metrics;

import dev.savile.evaluate.statistics.Interval;

/// Hold how well one label is recognised.
///
/// The interval of F1 follows from Wilson's: of the items that have the label or were given it, the share that has
/// both is `J = tp / (tp + fp + fn)`, a plain proportion, and `F1 = 2J / (1 + J)` rises with it.
///
/// @param label     the label
/// @param support   items that have it
/// @param predicted items that were given it
/// @param precision share of those given it that have it
/// @param recall    share of those that have it that were given it
/// @param f1        harmonic mean of the two
public record LabelScore(String label, long support, long predicted, Rate precision, Rate recall, Rate f1) {
    static LabelScore of(String label, long support, long predicted, long both) {
        Rate jaccard = Rate.of(both, support + predicted - both);
        Rate f1 = new Rate(
                f1(jaccard.value()),
                jaccard.n(),
                new Interval(f1(jaccard.interval().low()), f1(jaccard.interval().high())));
        return new LabelScore(label, support, predicted, Rate.of(both, predicted), Rate.of(both, support), f1);
    }

    private static double f1(double jaccard) {
        return 2 * jaccard / (1 + jaccard);
    }
}
