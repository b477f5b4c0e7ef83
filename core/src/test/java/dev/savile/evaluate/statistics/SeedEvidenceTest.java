package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeedEvidenceTest {
    private static final double TOLERANCE = 0.02;

    /// Scores of a technique: an item's difficulty, a shift by the seed, and a little noise.
    private static double[][] scores(Rng rng, double[] items, int seeds, double shift, double seedSpread) {
        double[][] scores = new double[seeds][items.length];
        for (double[] ofSeed : scores) {
            double luck = seedSpread * rng.nextGaussian();
            for (int i = 0; i < items.length; i++)
                ofSeed[i] = Math.clamp(items[i] + shift + luck + 0.02 * rng.nextGaussian(), 0, 1);
        }
        return scores;
    }

    private static double[] items(Rng rng, int count) {
        double[] items = new double[count];
        for (int i = 0; i < count; i++) items[i] = 0.3 + 0.4 * rng.nextDouble();
        return items;
    }

    /// Variance of the difference: that of the seeds and that of the items add up.
    @Test
    void theErrorIsThatOfSeedsAndItems() {
        Rng rng = Rng.of(1, "seeds");
        double[] items = items(rng, 300);
        double[][] first = scores(rng, items, 4, 0.02, 0.03);
        double[][] second = scores(rng, items, 3, 0, 0.02);
        Clusters clusters = Clusters.singletons(300);
        SeedEvidence seeds = SeedEvidence.of(first, second, clusters, 10_000, TOLERANCE, Rng.of(2));
        double[] differences = new double[300];
        for (int i = 0; i < 300; i++) {
            for (double[] ofSeed : first) differences[i] += ofSeed[i] / 4;
            for (double[] ofSeed : second) differences[i] -= ofSeed[i] / 3;
        }
        double ofItems = ClusteredMean.standardError(differences, clusters);
        double expected =
                seeds.firstSd() * seeds.firstSd() / 4 + seeds.secondSd() * seeds.secondSd() / 3 + ofItems * ofItems;
        double found = seeds.evidence().variance() / 300;
        assertThat(found).isCloseTo(expected, within(0.06 * expected));
        assertThat(seeds.evidence().difference()).isCloseTo(ClusteredMean.mean(differences), within(1e-12));
        assertThat(seeds.words())
                .matches("4 seeds \\(sd \\d\\.\\d points\\) against 3 seeds \\(sd \\d\\.\\d points\\)");
    }

    @Test
    void oneSeedGivesTheBootstrapOfItems() {
        Rng rng = Rng.of(3, "one");
        double[] items = items(rng, 200);
        double[][] first = scores(rng, items, 1, 0.01, 0);
        double[][] second = scores(rng, items, 1, 0, 0);
        SeedEvidence seeds = SeedEvidence.of(first, second, Clusters.singletons(200), 10_000, TOLERANCE, Rng.of(4));
        PairedEvidence plain = PairedEvidence.of(first[0], second[0], TOLERANCE, Rng.of(5));
        assertThat(seeds.evidence().interval().low()).isCloseTo(plain.interval().low(), within(0.0005));
        assertThat(seeds.evidence().interval().high())
                .isCloseTo(plain.interval().high(), within(0.0005));
        assertThat(seeds.words()).isEqualTo("1 seed against 1 seed");
    }

    /// Without the spread of seeds an interval covers far too seldom.
    @Test
    void intervalsCoverTheTrueDifferenceOfTechniques() {
        Rng rng = Rng.of(6, "coverage");
        int covered = 0;
        int withoutSeeds = 0;
        int studies = 300;
        for (int study = 0; study < studies; study++) {
            double[] items = items(rng, 100);
            double[][] first = scores(rng, items, 5, 0.03, 0.02);
            double[][] second = scores(rng, items, 5, 0, 0.02);
            SeedEvidence seeds = SeedEvidence.of(first, second, Clusters.singletons(100), 1_000, TOLERANCE, rng);
            if (seeds.evidence().interval().contains(0.03)) covered++;
            double[] means = new double[100];
            for (int i = 0; i < 100; i++) for (int s = 0; s < 5; s++) means[i] += (first[s][i] - second[s][i]) / 5;
            if (ClusteredMean.interval(means, Clusters.singletons(100), 0.95)
                    .orElseThrow()
                    .contains(0.03)) withoutSeeds++;
        }
        assertThat((double) covered / studies).isBetween(0.86, 0.99);
        assertThat((double) withoutSeeds / studies).isLessThan(0.6);
    }

    @Test
    void seedsOfOtherItemsAreRefused() {
        Clusters clusters = Clusters.of(List.of("a", "b"));
        assertThatThrownBy(() -> SeedEvidence.of(
                        new double[][] {{1, 0}, {1}}, new double[][] {{1, 0}}, clusters, 10, TOLERANCE, Rng.of(1)))
                .hasMessageContaining("the same 2 items, got 1");
        assertThatThrownBy(() ->
                        SeedEvidence.of(new double[0][], new double[][] {{1, 0}}, clusters, 10, TOLERANCE, Rng.of(1)))
                .hasMessageContaining("one seed");
    }
}
