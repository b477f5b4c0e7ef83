package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;

/// Hold what the same items say about a first and a second system.
///
/// Right-or-wrong items give Tango's interval and the exact McNemar test; any other scores the paired bootstrap
/// and the sign-flip test. Differences are first minus second, as shares (0.02 = 2 points).
///
/// @param items               how many items both answered
/// @param firstMean           mean score of the first
/// @param secondMean          mean score of the second
/// @param onlyFirst           items on which the first scores higher
/// @param onlySecond          items on which the second scores higher
/// @param difference          `firstMean - secondMean`
/// @param disagreement        mean squared difference per item; for right-or-wrong items the share on which they
///                            differ
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

    /// Compare per-item scores between 0 and 1.
    ///
    /// @param tolerance gap that does not matter, as a share; above 0, below 1
    /// @param rng       used only where the differences are not all -1, 0 or 1
    public static PairedEvidence of(double[] first, double[] second, double tolerance, Rng rng) {
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
        if (PairedBootstrap.binary(differences))
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
        PairedBootstrap bootstrap = PairedBootstrap.of(differences, PairedBootstrap.DRAWS, rng);
        double difference = ClusteredMean.mean(differences);
        Interval interval =
                bootstrap.interval(LEVEL).map(i -> i.including(difference)).orElse(new Interval(-1, 1));
        return new PairedEvidence(
                n,
                firstMean,
                secondMean,
                onlyFirst,
                onlySecond,
                difference,
                squares / n,
                interval,
                bootstrap.signFlipP(),
                bootstrap.signFlipGreaterP(),
                bootstrap.nonInferiorityP(tolerance),
                bootstrap.nonSuperiorityP(tolerance),
                "paired bootstrap, sign-flip test");
    }

    /// Return the variance of the per-item differences.
    public double variance() {
        return Math.max(0, disagreement - difference * difference);
    }

    private static void check(double[] first, double[] second, double tolerance) {
        if (first.length != second.length || first.length == 0)
            throw new IllegalArgumentException("the systems must answer the same items, at least one; got "
                    + first.length + " and " + second.length);
        if (!(tolerance > 0 && tolerance < 1))
            throw new IllegalArgumentException("tolerance must lie between 0 and 1, got " + tolerance);
        for (double[] scores : new double[][] {first, second})
            for (double score : scores)
                if (!(score >= 0 && score <= 1))
                    throw new IllegalArgumentException("a score must lie between 0 and 1, got " + score);
    }
}
