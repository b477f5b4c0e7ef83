package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.List;

/// Hold what the same items say about a first and a second system.
///
/// Right-or-wrong items, each on its own, give Tango's interval and the exact McNemar test; any other scores, and items
/// in clusters, the paired bootstrap and the sign-flip test. [PairedCorpus] gives it for scores of a whole corpus,
/// [SeedEvidence] for trainings with several seeds. Differences are first minus second, as shares (0.02 = 2 points).
///
/// @param items               how many items both answered
/// @param firstMean           mean score of the first
/// @param secondMean          mean score of the second
/// @param onlyFirst           items on which the first scores higher; 0 from draws of a corpus or of seeds
/// @param onlySecond          items on which the second scores higher; 0 from draws of a corpus or of seeds
/// @param difference          `firstMean - secondMean`
/// @param disagreement        mean squared difference per item; for right-or-wrong items the share on which they
///                            differ. Where items are not independent, the value that independent items would need
///                            for the same standard error, at most 1
/// @param interval            95 % interval of the difference; -1 to 1 where it cannot be estimated
/// @param p                   two-sided p value of "no difference"
/// @param betterP             one-sided p value; small when the first is better
/// @param nonInferiorityP     small when the first is shown to be less than the tolerance worse
/// @param nonSuperiorityP     small when the first is shown to be less than the tolerance better
/// @param method              name of the procedure, for the report
public record PairedEvidence(
        int items,
        double firstMean,
        double secondMean,
        int onlyFirst,
        int onlySecond,
        double difference,
        double disagreement,
        Interval interval,
        double p,
        double betterP,
        double nonInferiorityP,
        double nonSuperiorityP,
        String method) {
    static final double LEVEL = 0.95;

    /// Compare per-item scores between 0 and 1, each item on its own.
    ///
    /// @param tolerance gap that does not matter, as a share; above 0, below 1
    /// @param rng       used only where the differences are not all -1, 0 or 1
    public static PairedEvidence of(double[] first, double[] second, double tolerance, Rng rng) {
        return of(first, second, Clusters.singletons(first.length), tolerance, rng);
    }

    /// Compare per-item scores between 0 and 1 of items that hang together: questions about one text, turns of one
    /// conversation. The clusters are drawn, the means stay those of the items.
    public static PairedEvidence of(double[] first, double[] second, Clusters clusters, double tolerance, Rng rng) {
        check(first, second, tolerance);
        int n = first.length;
        double[] differences = new double[n];
        int onlyFirst = 0;
        int onlySecond = 0;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            double difference = first[i] - second[i];
            differences[i] = difference;
            squares += difference * difference;
            if (difference > 0) onlyFirst++;
            if (difference < 0) onlySecond++;
        }
        double firstMean = ClusteredMean.mean(first);
        double secondMean = ClusteredMean.mean(second);
        if (clusters.allSingletons() && PairedBootstrap.binary(differences))
            return new PairedEvidence(
                    n,
                    firstMean,
                    secondMean,
                    onlyFirst,
                    onlySecond,
                    (double) (onlyFirst - onlySecond) / n,
                    squares / n,
                    Tango.interval(onlyFirst, onlySecond, n, LEVEL),
                    McNemar.exact(onlyFirst, onlySecond),
                    McNemar.greater(onlyFirst, onlySecond),
                    Tango.nonInferiority(onlyFirst, onlySecond, n, tolerance),
                    Tango.nonInferiority(onlySecond, onlyFirst, n, tolerance),
                    "Tango interval, exact McNemar test");
        PairedBootstrap bootstrap = PairedBootstrap.of(differences, clusters, PairedBootstrap.DRAWS, rng);
        double difference = ClusteredMean.mean(differences);
        Interval interval =
                bootstrap.interval(LEVEL).map(i -> i.including(difference)).orElse(new Interval(-1, 1));
        double disagreement = clusters.allSingletons()
                ? squares / n
                : disagreement(n, difference, ClusteredMean.standardError(differences, clusters));
        return new PairedEvidence(
                n,
                firstMean,
                secondMean,
                onlyFirst,
                onlySecond,
                difference,
                disagreement,
                interval,
                bootstrap.signFlipP(),
                bootstrap.signFlipGreaterP(),
                bootstrap.nonInferiorityP(tolerance),
                bootstrap.nonSuperiorityP(tolerance),
                clusters.allSingletons()
                        ? "paired bootstrap, sign-flip test"
                        : "paired bootstrap and sign-flip test over " + clusters.count() + " clusters");
    }

    /// Adjust the p values of several comparisons by Holm's method, each kind of test on its own; of one comparison
    /// they stay as they are.
    public static List<PairedEvidence> adjusted(List<PairedEvidence> all) {
        double[] p = Holm.adjust(all.stream().mapToDouble(PairedEvidence::p).toArray());
        double[] better =
                Holm.adjust(all.stream().mapToDouble(PairedEvidence::betterP).toArray());
        double[] noWorse = Holm.adjust(
                all.stream().mapToDouble(PairedEvidence::nonInferiorityP).toArray());
        double[] noBetter = Holm.adjust(
                all.stream().mapToDouble(PairedEvidence::nonSuperiorityP).toArray());
        List<PairedEvidence> adjusted = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            PairedEvidence one = all.get(i);
            adjusted.add(new PairedEvidence(
                    one.items,
                    one.firstMean,
                    one.secondMean,
                    one.onlyFirst,
                    one.onlySecond,
                    one.difference,
                    one.disagreement,
                    one.interval,
                    p[i],
                    better[i],
                    noWorse[i],
                    noBetter[i],
                    one.method));
        }
        return adjusted;
    }

    /// Take draws of the difference of two scores.
    ///
    /// @param method without the word for the draws
    static PairedEvidence ofDraws(
            int items,
            double firstValue,
            double secondValue,
            BootstrapDraws draws,
            Interval interval,
            double tolerance,
            String method) {
        double difference = firstValue - secondValue;
        boolean silent = draws.collapsed(); // draws that are all alike say nothing of the spread
        return new PairedEvidence(
                items,
                firstValue,
                secondValue,
                0,
                0,
                difference,
                silent ? 1 : disagreement(items, difference, draws.standardError()),
                silent ? new Interval(-1, 1).including(difference) : interval.including(difference),
                silent ? 1 : draws.centredP(),
                silent ? 1 : draws.centredGreaterP(),
                silent ? 1 : draws.atMostP(-tolerance),
                silent ? 1 : draws.atLeastP(tolerance),
                method);
    }

    /// The mean squared difference of `n` independent items whose mean has a standard error.
    private static double disagreement(int n, double difference, double standardError) {
        return Math.min(1, n * standardError * standardError + difference * difference);
    }

    /// Return the variance of the per-item differences.
    public double variance() {
        return Math.max(0, disagreement - difference * difference);
    }

    static void checkTolerance(double tolerance) {
        if (!(tolerance > 0 && tolerance < 1))
            throw new IllegalArgumentException("tolerance must lie between 0 and 1, got " + tolerance);
    }

    private static void check(double[] first, double[] second, double tolerance) {
        if (first.length != second.length || first.length == 0)
            throw new IllegalArgumentException("the systems must answer the same items, at least one; got "
                    + first.length + " and " + second.length);
        checkTolerance(tolerance);
        for (double[] scores : new double[][] {first, second})
            for (double score : scores)
                if (!(score >= 0 && score <= 1))
                    throw new IllegalArgumentException("a score must lie between 0 and 1, got " + score);
    }
}
