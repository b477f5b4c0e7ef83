package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PairedBootstrapTest {
    @Test
    void drawsMatchTheReferences() {
        for (JsonNode one : Golden.cases("paired_bootstrap.json")) {
            double[] differences = Golden.numbers(one.get("input").get("differences"));
            JsonNode expected = one.get("expected");
            BootstrapDraws draws = PairedBootstrap.of(differences, 30_000, Rng.of(1, "reference"))
                    .draws();
            boolean enumerated = expected.has("resamples");
            double error = expected.get(enumerated ? "bootstrap_standard_error" : "bootstrap_standard_error_exact")
                    .asDouble();
            double slack = enumerated ? step(differences, error) : 1.0 / differences.length;
            assertThat(draws.estimate()).isCloseTo(expected.get("observed_mean").asDouble(), within(1e-9));
            assertThat(draws.standardError()).isCloseTo(error, within(0.03 * error));
            Interval interval = draws.percentile(0.95);
            assertThat(interval.low()).isCloseTo(expected.get("percentile_2.5").asDouble(), within(slack + 1e-9));
            assertThat(interval.high())
                    .isCloseTo(expected.get("percentile_97.5").asDouble(), within(slack + 1e-9));
            if (expected.has("share_not_above_zero"))
                assertThat(draws.atMostP(0))
                        .isCloseTo(expected.get("share_not_above_zero").asDouble(), within(0.02));
        }
    }

    /// The standard error of the draws is the clustered one of the mean, and does not shrink with their number.
    @Test
    void standardErrorIsTheClusteredOneAtAnyNumberOfDraws() {
        double[] differences = normal(Rng.of(2, "error"), 400, 0.1);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            keys.add("text " + i / 4);
            if (i % 4 > 0) differences[i] += differences[i - i % 4];
        }
        for (Clusters clusters : List.of(Clusters.singletons(400), Clusters.of(keys))) {
            double expected = ClusteredMean.standardError(differences, clusters);
            for (int draws : new int[] {2_000, 5_000, 20_000, 50_000})
                assertThat(PairedBootstrap.of(differences, clusters, draws, Rng.of(2, "draws"))
                                .draws()
                                .standardError())
                        .isCloseTo(expected, within(0.05 * expected));
        }
    }

    @Test
    void allZeroDifferencesFallBackToTangosInterval() {
        PairedBootstrap none = PairedBootstrap.of(new double[100], 2_000, Rng.of(3));
        assertThat(none.interval(0.95)).contains(Tango.interval(0, 0, 100, 0.95));
        assertThat(none.signFlipP()).isEqualTo(1);
        // as the interval says: 100 items without a difference leave 3.7 points either way
        assertThat(none.nonInferiorityP(0.02))
                .isEqualTo(Tango.nonInferiority(0, 0, 100, 0.02))
                .isGreaterThan(0.025);
        assertThat(none.nonInferiorityP(0.04)).isLessThan(0.025);
        assertThat(none.nonSuperiorityP(0.04)).isLessThan(0.025);
    }

    @Test
    void equalFractionalDifferencesCannotBeEstimated() {
        double[] halves = new double[20];
        Arrays.fill(halves, 0.5);
        assertThat(PairedBootstrap.of(halves, 2_000, Rng.of(4)).interval(0.95)).isEmpty();
    }

    @Test
    void thinTailsUseStudentsInterval() {
        double[] differences = normal(Rng.of(5, "tail"), 50, 0.2);
        assertThat(PairedBootstrap.of(differences, 500, Rng.of(5)).interval(0.95))
                .isEqualTo(ClusteredMean.interval(differences, Clusters.singletons(50), 0.95));
    }

    @Test
    void clustersWidenTheInterval() {
        double[] differences = new double[120];
        String[] keys = new String[120];
        Rng rng = Rng.of(6, "clusters");
        double shared = 0;
        for (int i = 0; i < 120; i++) {
            if (i % 6 == 0) shared = rng.nextGaussian();
            differences[i] = shared + 0.1 * rng.nextGaussian();
            keys[i] = "group " + i / 6;
        }
        double alone = PairedBootstrap.of(differences, 5_000, Rng.of(6))
                .interval(0.95)
                .orElseThrow()
                .width();
        double joined = PairedBootstrap.of(differences, Clusters.of(List.of(keys)), 5_000, Rng.of(6))
                .interval(0.95)
                .orElseThrow()
                .width();
        assertThat(joined).isGreaterThan(1.8 * alone);
    }

    @Test
    void intervalCoversTheTrueMeanOfSkewedScores() {
        Rng rng = Rng.of(7, "coverage");
        int covered = 0;
        int studies = 300;
        for (int study = 0; study < studies; study++) {
            double[] differences = new double[60];
            for (int i = 0; i < 60; i++) differences[i] = -Math.log(1 - rng.nextDouble());
            PairedBootstrap bootstrap = PairedBootstrap.of(differences, 1_000, rng);
            if (bootstrap.interval(0.95).orElseThrow().contains(1)) covered++;
        }
        assertThat((double) covered / studies).isBetween(0.90, 0.98);
    }

    @Test
    void signFlipsRarelyTellEqualSystemsApart() {
        Rng rng = Rng.of(8, "sign flips");
        int alarms = 0;
        int centred = 0;
        for (int study = 0; study < 400; study++) {
            PairedBootstrap bootstrap = PairedBootstrap.of(normal(rng, 40, 0), 500, rng);
            if (bootstrap.signFlipP() < 0.05) alarms++;
            if (bootstrap.draws().centredP() < 0.05) centred++;
        }
        assertThat(alarms / 400.0).isLessThan(0.08);
        assertThat(centred / 400.0).isLessThan(0.10);
    }

    @Test
    void sameStreamGivesTheSameNumbers() {
        double[] differences = normal(Rng.of(9, "same"), 30, 0.3);
        assertThat(PairedBootstrap.of(differences, 2_000, Rng.of(9)).interval(0.95))
                .isEqualTo(PairedBootstrap.of(differences, 2_000, Rng.of(9)).interval(0.95));
    }

    /// Small samples have few distinct means: a neighbour of the exact quantile is as good.
    private static double step(double[] differences, double error) {
        boolean whole = Arrays.stream(differences).allMatch(d -> d == Math.rint(d));
        return whole ? 1.0 / differences.length : 0.15 * error;
    }

    private static double[] normal(Rng rng, int count, double mean) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = mean + rng.nextGaussian();
        return values;
    }
}
