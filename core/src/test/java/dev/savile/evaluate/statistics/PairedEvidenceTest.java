package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairedEvidenceTest {
    private static final double TOLERANCE = 0.02;

    /// Right-or-wrong answers to 60 texts of 5 questions, where a text's questions stand and fall together.
    private static double[][] texts(Rng rng, double gap) {
        double[][] scores = new double[2][300];
        for (int text = 0; text < 60; text++) {
            double hard = rng.nextDouble();
            double luck = rng.nextDouble();
            for (int q = 0; q < 5; q++) {
                int item = 5 * text + q;
                scores[0][item] = hard < 0.5 + gap || luck < 0.1 ? 1 : 0;
                scores[1][item] = hard < 0.5 || luck > 0.9 ? 1 : 0;
            }
        }
        return scores;
    }

    private static Clusters byText() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 300; i++) keys.add("text " + i / 5);
        return Clusters.of(keys);
    }

    @Test
    void itemsOnTheirOwnAreJudgedAsWithoutClusters() {
        double[][] scores = texts(Rng.of(1, "texts"), 0.1);
        assertThat(PairedEvidence.of(scores[0], scores[1], Clusters.singletons(300), TOLERANCE, Rng.of(1)))
                .isEqualTo(PairedEvidence.of(scores[0], scores[1], TOLERANCE, Rng.of(1)))
                .extracting(PairedEvidence::method)
                .isEqualTo("Tango interval, exact McNemar test");
    }

    @Test
    void clustersWidenTheIntervalAndTheNeedForItems() {
        double[][] scores = texts(Rng.of(2, "texts"), 0.1);
        PairedEvidence alone = PairedEvidence.of(scores[0], scores[1], TOLERANCE, Rng.of(2));
        PairedEvidence joined = PairedEvidence.of(scores[0], scores[1], byText(), TOLERANCE, Rng.of(2));
        assertThat(joined.difference()).isCloseTo(alone.difference(), within(1e-12));
        // five questions that say the same are one: the variance grows five times, up to the largest there is
        assertThat(joined.interval().width() / alone.interval().width()).isBetween(1.9, 2.6);
        assertThat(joined.p()).isGreaterThan(alone.p());
        assertThat(joined.variance() / alone.variance()).isBetween(3.0, 5.5);
        assertThat(joined.onlyFirst()).isEqualTo(alone.onlyFirst());
        assertThat(joined.method()).contains("60 clusters");
    }

    /// Taken item by item, repeated questions pass for evidence; cluster by cluster they do not.
    @Test
    void equalSystemsOnClusteredItemsAreRarelyToldApart() {
        Rng rng = Rng.of(3, "equal");
        int joined = 0;
        int alone = 0;
        for (int study = 0; study < 100; study++) {
            double[][] scores = texts(rng, 0);
            if (PairedEvidence.of(scores[0], scores[1], byText(), TOLERANCE, rng)
                            .p()
                    < 0.05) joined++;
            if (PairedEvidence.of(scores[0], scores[1], TOLERANCE, rng).p() < 0.05) alone++;
        }
        assertThat(joined).isLessThanOrEqualTo(10);
        assertThat(alone).isGreaterThan(15);
    }

    @Test
    void aSingleClusterSaysNothing() {
        double[] ones = {1, 1, 1};
        double[] zeros = {0, 0, 0};
        PairedEvidence evidence =
                PairedEvidence.of(ones, zeros, Clusters.of(List.of("a", "a", "a")), TOLERANCE, Rng.of(4));
        assertThat(evidence.interval()).isEqualTo(new Interval(-1, 1));
        assertThat(evidence.p()).isEqualTo(1);
        assertThat(Comparison.of(evidence, TOLERANCE).verdict()).isInstanceOf(Verdict.Undecided.class);
    }

    /// The mean is a score of a corpus too, so both ways must agree.
    @Test
    void aCorpusScoreThatIsAMeanAgreesWithTheBootstrapOfItems() {
        Rng rng = Rng.of(5, "scores");
        double[] first = new double[200];
        double[] second = new double[200];
        for (int i = 0; i < 200; i++) {
            first[i] = rng.nextDouble();
            second[i] = Math.clamp(first[i] - 0.02 + 0.2 * rng.nextGaussian(), 0, 1);
        }
        PairedEvidence items = PairedEvidence.of(first, second, TOLERANCE, Rng.of(5));
        PairedEvidence corpus =
                PairedCorpus.compare(Clusters.singletons(200), mean(first), mean(second), 10_000, TOLERANCE, Rng.of(6));
        assertThat(corpus.difference()).isCloseTo(items.difference(), within(1e-12));
        assertThat(corpus.interval().low()).isCloseTo(items.interval().low(), within(0.002));
        assertThat(corpus.interval().high()).isCloseTo(items.interval().high(), within(0.002));
        assertThat(corpus.p()).isCloseTo(items.p(), within(0.02));
        assertThat(corpus.betterP()).isCloseTo(items.betterP(), within(0.02));
        assertThat(corpus.nonInferiorityP()).isCloseTo(items.nonInferiorityP(), within(0.02));
        assertThat(corpus.nonSuperiorityP()).isCloseTo(items.nonSuperiorityP(), within(0.02));
        assertThat(corpus.variance() / items.variance()).isCloseTo(1, within(0.06));
    }

    private static BootstrapDraws.Statistic mean(double[] scores) {
        return drawn -> {
            double sum = 0;
            for (int item : drawn) sum += scores[item];
            return sum / drawn.length;
        };
    }

    @Test
    void aCorpusScoreOverClustersSeesWholeClusters() {
        double[][] scores = texts(Rng.of(7, "texts"), 0.1);
        PairedEvidence items = PairedEvidence.of(scores[0], scores[1], byText(), TOLERANCE, Rng.of(7));
        PairedEvidence corpus =
                PairedCorpus.compare(byText(), mean(scores[0]), mean(scores[1]), 10_000, TOLERANCE, Rng.of(8));
        assertThat(corpus.interval().low()).isCloseTo(items.interval().low(), within(0.004));
        assertThat(corpus.interval().high()).isCloseTo(items.interval().high(), within(0.004));
    }

    @Test
    void equalCorpusScoresInAllDrawsSayNothing() {
        PairedEvidence evidence =
                PairedCorpus.compare(Clusters.singletons(50), d -> 0.4, d -> 0.3, 500, TOLERANCE, Rng.of(9));
        assertThat(evidence.interval()).isEqualTo(new Interval(-1, 1));
        assertThat(evidence.p()).isEqualTo(1);
        assertThat(Comparison.of(evidence, TOLERANCE).verdict()).isInstanceOf(Verdict.Undecided.class);
    }

    @Test
    void equalCorporaAreRarelyToldApart() {
        Rng rng = Rng.of(10, "corpora");
        int alarms = 0;
        for (int study = 0; study < 200; study++) {
            double[] first = new double[80];
            double[] second = new double[80];
            for (int i = 0; i < 80; i++) {
                first[i] = rng.nextDouble();
                second[i] = rng.nextDouble();
            }
            // a ratio of sums, as perplexities and error rates are
            BootstrapDraws.Statistic one =
                    drawn -> mean(first).of(drawn) / (1 + mean(second).of(drawn));
            BootstrapDraws.Statistic other =
                    drawn -> mean(second).of(drawn) / (1 + mean(first).of(drawn));
            if (PairedCorpus.compare(Clusters.singletons(80), one, other, 400, TOLERANCE, rng)
                            .p()
                    < 0.05) alarms++;
        }
        assertThat(alarms / 200.0).isLessThan(0.10);
    }

    @Test
    void impossibleTolerancesAreRefused() {
        assertThatThrownBy(() -> PairedCorpus.compare(Clusters.singletons(2), d -> 0, d -> 0, 10, 0, Rng.of(1)))
                .hasMessageContaining("tolerance");
    }
}
