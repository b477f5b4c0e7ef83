package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;
import java.util.Locale;

/// Compare two systems on the same items and say what follows.
///
/// The p value rules: `better` and `worse` when the two-sided test falls below 0.05, else `equivalent` when both
/// one-sided tests at 0.025 show the difference to be smaller than the tolerance, else `undecided` with the number
/// of items that would settle it.
///
/// @param evidence  what the items say
/// @param tolerance gap that does not matter, as a share
/// @param verdict   what follows for the first system
public record Comparison(PairedEvidence evidence, double tolerance, Verdict verdict) {
    private static final double ALPHA = 0.05;

    /// Compare right-or-wrong items.
    ///
    /// @param tolerance gap that does not matter, as a share; 0.01 is one point
    public static Comparison of(boolean[] first, boolean[] second, double tolerance) {
        // the stream is never drawn from: such items are judged exactly
        return of(credits(first), credits(second), tolerance, Rng.of(0));
    }

    /// Compare scores between 0 and 1.
    ///
    /// @param rng stream of the bootstrap, drawn from only where scores other than 0 and 1 differ
    public static Comparison of(double[] first, double[] second, double tolerance, Rng rng) {
        return of(PairedEvidence.of(first, second, tolerance, rng), tolerance);
    }

    /// Judge evidence of any kind: items in clusters, scores of a whole corpus, several seeds.
    ///
    /// @param tolerance the one that the evidence was taken with
    public static Comparison of(PairedEvidence evidence, double tolerance) {
        return new Comparison(evidence, tolerance, verdict(evidence, tolerance));
    }

    /// Say it in one sentence: "lora is better than base by 12.0 points (difference +12.0 points, 95% interval
    /// +7.9 to +16.2, n 224, p < 0.0001)".
    public String sentence(String first, String second) {
        String gap = String.format(Locale.ROOT, "%.1f", 100 * Math.abs(evidence.difference()));
        String figures = String.format(
                Locale.ROOT,
                "(difference %+.1f points, 95%% interval %+.1f to %+.1f, n %d, %s)",
                100 * evidence.difference() + 0.0,
                100 * evidence.interval().low(),
                100 * evidence.interval().high(),
                evidence.items(),
                PValue.words(evidence.p()));
        String limit = points(tolerance);
        return switch (verdict) {
            case Verdict.Better() -> first + " is better than " + second + " by " + gap + " points " + figures;
            case Verdict.Worse() -> first + " is worse than " + second + " by " + gap + " points " + figures;
            case Verdict.Equivalent() ->
                first + " and " + second + " are within " + limit + " of each other " + figures;
            case Verdict.Undecided(ItemsNeeded needed) ->
                "these items neither separate " + first + " from " + second
                        + " nor show them to be within " + limit + " of each other " + figures + "; to settle it: "
                        + needed.words();
        };
    }

    /// Write a share as points: "1 point", "2.5 points".
    public static String points(double share) {
        String number = String.format(Locale.ROOT, "%.1f", 100 * share);
        if (number.endsWith(".0")) number = number.substring(0, number.length() - 2);
        return number + (number.equals("1") ? " point" : " points");
    }

    private static Verdict verdict(PairedEvidence evidence, double tolerance) {
        if (evidence.p() < ALPHA) return evidence.difference() > 0 ? new Verdict.Better() : new Verdict.Worse();
        if (evidence.nonInferiorityP() < ALPHA / 2 && evidence.nonSuperiorityP() < ALPHA / 2)
            return new Verdict.Equivalent();
        // The farther of the two bounds decides how many items equivalence takes.
        ItemsNeeded within = SampleSize.neededForNonInferiority(
                evidence.items(), evidence.variance(), -Math.abs(evidence.difference()), tolerance);
        ItemsNeeded apart =
                SampleSize.neededForDifference(evidence.items(), evidence.disagreement(), evidence.difference());
        return new Verdict.Undecided(within.or(apart));
    }

    private static double[] credits(boolean[] correct) {
        double[] credits = new double[correct.length];
        for (int i = 0; i < correct.length; i++) credits[i] = correct[i] ? 1 : 0;
        return credits;
    }
}
