package dev.savile.evaluate.statistics;

import dev.savile.engine.Rng;
import java.util.Locale;

/// What the same items say about two techniques, each trained with several seeds: luck of the items and luck of the
/// seeds together.
///
///     item mean   m_i     = mean over seeds of x_si
///     deviation   e_si    = x_si - m_i
///     one draw    mean over drawn items of (m_i + sqrt(S / (S - 1)) * mean over drawn seeds of e_si)
///
/// Items are drawn once for both techniques, seeds for each of its own; without the factor few seeds would understate
/// their spread. So the variance is about `s_A^2 / S_A + s_B^2 / S_B` and that of the items. With one seed its luck
/// cannot be told from the technique, and only the items are drawn.
///
/// @param evidence    difference of the means over seeds, percentile interval, p values from moved draws
/// @param firstSeeds  number of seeds of the first technique; to be printed wherever the evidence is
/// @param secondSeeds number of seeds of the second technique
/// @param firstSd     standard deviation of the first technique's score over seeds; 0 for one seed
/// @param secondSd    standard deviation of the second technique's score over seeds
public record SeedEvidence(PairedEvidence evidence, int firstSeeds, int secondSeeds, double firstSd, double secondSd) {
    /// Compare scores between 0 and 1, `[seeds][items]`.
    ///
    /// @param tolerance gap that does not matter, as a share; above 0, below 1
    public static SeedEvidence of(
            double[][] first, double[][] second, Clusters clusters, int draws, double tolerance, Rng rng) {
        PairedEvidence.checkTolerance(tolerance);
        Arm a = Arm.of(first, clusters);
        Arm b = Arm.of(second, clusters);
        int[] sizes = clusters.sizes();
        double[] values = new double[draws];
        int[] drawn = new int[sizes.length];
        for (int k = 0; k < draws; k++) {
            long items = 0;
            for (int g = 0; g < drawn.length; g++) {
                drawn[g] = rng.nextInt(sizes.length);
                items += sizes[drawn[g]];
            }
            values[k] = (a.drawnSum(drawn, rng) - b.drawnSum(drawn, rng)) / items;
        }
        BootstrapDraws differences = BootstrapDraws.of(a.mean - b.mean, values);
        PairedEvidence evidence = PairedEvidence.ofDraws(
                clusters.items(),
                a.mean,
                b.mean,
                differences,
                differences.percentile(PairedEvidence.LEVEL),
                tolerance,
                "paired bootstrap over items and seeds");
        return new SeedEvidence(evidence, first.length, second.length, a.sd, b.sd);
    }

    /// Say how many seeds there were and how far they spread: "3 seeds (sd 0.4 points) against 1 seed".
    public String words() {
        return words(firstSeeds, firstSd) + " against " + words(secondSeeds, secondSd);
    }

    private static String words(int seeds, double sd) {
        return seeds == 1 ? "1 seed" : String.format(Locale.ROOT, "%d seeds (sd %.1f points)", seeds, 100 * sd);
    }

    /// One technique.
    ///
    /// @param means      sum of the item means in each cluster
    /// @param deviations sum of a seed's scaled deviations in each cluster, `[seeds][clusters]`
    private record Arm(double mean, double sd, double[] means, double[][] deviations) {
        static Arm of(double[][] scores, Clusters clusters) {
            check(scores, clusters.items());
            int seeds = scores.length;
            double[] itemMeans = new double[clusters.items()];
            for (double[] ofSeed : scores) for (int i = 0; i < itemMeans.length; i++) itemMeans[i] += ofSeed[i] / seeds;
            double factor = seeds == 1 ? 0 : Math.sqrt(seeds / (seeds - 1.0));
            double mean = ClusteredMean.mean(itemMeans);
            double squares = 0;
            double[][] deviations = new double[seeds][];
            for (int s = 0; s < seeds; s++) {
                double[] scaled = new double[itemMeans.length];
                for (int i = 0; i < scaled.length; i++) scaled[i] = factor * (scores[s][i] - itemMeans[i]);
                deviations[s] = clusters.sums(scaled);
                double gap = ClusteredMean.mean(scores[s]) - mean;
                squares += gap * gap;
            }
            double sd = seeds == 1 ? 0 : Math.sqrt(squares / (seeds - 1));
            return new Arm(mean, sd, clusters.sums(itemMeans), deviations);
        }

        private static void check(double[][] scores, int items) {
            if (scores.length == 0) throw new IllegalArgumentException("at least one seed is needed");
            for (double[] ofSeed : scores) {
                if (ofSeed.length != items)
                    throw new IllegalArgumentException(
                            "every seed must answer the same " + items + " items, got " + ofSeed.length);
                for (double score : ofSeed)
                    if (!(score >= 0 && score <= 1))
                        throw new IllegalArgumentException("a score must lie between 0 and 1, got " + score);
            }
        }

        /// Sum over drawn clusters under drawn seeds.
        double drawnSum(int[] clusters, Rng rng) {
            double sum = 0;
            for (int g : clusters) sum += means[g];
            int seeds = deviations.length;
            for (int k = 0; seeds > 1 && k < seeds; k++) {
                double[] ofSeed = deviations[rng.nextInt(seeds)];
                double deviation = 0;
                for (int g : clusters) deviation += ofSeed[g];
                sum += deviation / seeds;
            }
            return sum;
        }
    }
}
