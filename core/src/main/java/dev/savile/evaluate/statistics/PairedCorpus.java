package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;

/// Compare two systems by a score that is one of all items together and no mean of theirs: BLEU, chrF, macro F1, the
/// Matthews correlation, perplexity.
///
/// Both systems' scores are computed anew on the same drawn items, so that only what they do differently counts. The
/// interval is bias-corrected by the leave-one-out values; the p value comes from the draws moved so that they centre
/// on no difference. *Cost*: the score of both systems for each draw, and once more without each item. *Paper*: Koehn,
/// "Statistical significance tests for machine translation evaluation", 2004; Riezler and Maxwell, "On some pitfalls in
/// automatic evaluation and significance testing for MT", 2005 (the moved draws).
public final class PairedCorpus {
    private PairedCorpus() {}

    /// Compare scores over the same items.
    ///
    /// Where every draw gives the same difference nothing is known of its spread: then the interval is -1 to 1, and
    /// every p value 1.
    ///
    /// @param first     score of the first system from the numbers of the drawn items; higher is better
    /// @param second    the same of the second system
    /// @param tolerance gap that does not matter, on the scale of the scores; above 0, below 1
    public static PairedEvidence compare(
            Clusters clusters,
            BootstrapDraws.Statistic first,
            BootstrapDraws.Statistic second,
            int draws,
            double tolerance,
            Rng rng) {
        PairedEvidence.checkTolerance(tolerance);
        int[][] members = clusters.members();
        int[] all = items(members, clusters.items(), -1);
        double firstValue = first.of(all);
        double secondValue = second.of(all);
        BootstrapDraws differences = BootstrapDraws.of(
                clusters.count(), draws, rng, clusters.drawn(items -> first.of(items) - second.of(items)));
        Interval interval = differences.percentile(PairedEvidence.LEVEL);
        if (clusters.count() > 1 && !differences.collapsed())
            interval = differences
                    .biasCorrected(PairedEvidence.LEVEL, leaveOneOut(members, clusters.items(), first, second))
                    .orElse(interval);
        return PairedEvidence.ofDraws(
                clusters.items(),
                firstValue,
                secondValue,
                differences,
                interval,
                tolerance,
                clusters.allSingletons()
                        ? "paired bootstrap of a corpus score"
                        : "paired bootstrap of a corpus score over " + clusters.count() + " clusters");
    }

    private static double[] leaveOneOut(
            int[][] members, int items, BootstrapDraws.Statistic first, BootstrapDraws.Statistic second) {
        double[] without = new double[members.length];
        for (int g = 0; g < without.length; g++) {
            int[] left = items(members, items - members[g].length, g);
            without[g] = first.of(left) - second.of(left);
        }
        return without;
    }

    /// The items of all clusters but one; -1 leaves none out.
    private static int[] items(int[][] members, int count, int without) {
        int[] items = new int[count];
        int filled = 0;
        for (int g = 0; g < members.length; g++) {
            if (g == without) continue;
            System.arraycopy(members[g], 0, items, filled, members[g].length);
            filled += members[g].length;
        }
        return items;
    }
}
