package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ClusteredMeanTest {
    private static final double[] VALUES = {1, 1, 1, 0, 0, 0, 1, 0};
    private static final Clusters CLUSTERS = Clusters.of(List.of("a", "a", "a", "b", "b", "b", "c", "c"));

    @Test
    void clusteredErrorMatchesTheWorkedFigure() {
        assertThat(ClusteredMean.standardError(VALUES, CLUSTERS)).isCloseTo(0.3248, within(5e-5));
        assertThat(ClusteredMean.standardError(VALUES, Clusters.singletons(8))).isCloseTo(0.1890, within(5e-5));
    }

    @Test
    void studentsIntervalMatchesTheReferences() {
        for (JsonNode one : Golden.cases("paired_tests.json")) {
            double[] a = Golden.numbers(one.get("input").get("a"));
            double[] b = Golden.numbers(one.get("input").get("b"));
            double[] differences = new double[a.length];
            for (int i = 0; i < a.length; i++) differences[i] = a[i] - b[i];
            Interval interval = ClusteredMean.interval(differences, Clusters.singletons(a.length), 0.95)
                    .orElseThrow();
            JsonNode expected = one.get("expected").get("ci95");
            assertThat(interval.low()).isCloseTo(expected.get(0).asDouble(), within(1e-9));
            assertThat(interval.high()).isCloseTo(expected.get(1).asDouble(), within(1e-9));
        }
    }

    @Test
    void shareOfClustersIsWiderThanWilsonsAndStaysPossible() {
        assertThat(ClusteredMean.ofShare(VALUES, Clusters.singletons(8), 0.95))
                .isEqualTo(Proportion.wilson(4.0, 8, 0.95));
        Interval clustered = ClusteredMean.ofShare(VALUES, CLUSTERS, 0.95);
        assertThat(clustered.low()).isZero(); // 0.5 - 4.303 * 0.3248 is below
        assertThat(clustered.high()).isEqualTo(1);
        double[] alike = {1, 1, 1, 1, 1, 1, 1, 1};
        assertThat(ClusteredMean.ofShare(alike, CLUSTERS, 0.95)).isEqualTo(Proportion.wilson(3.0, 3, 0.95));
        assertThat(ClusteredMean.ofShare(new double[] {1, 1}, Clusters.of(List.of("a", "a")), 0.95))
                .isEqualTo(new Interval(0, 1));
    }

    @Test
    void statisticsOfClustersTakeAllTheirItems() {
        BootstrapDraws.Statistic sum = items -> Arrays.stream(items).sum();
        assertThat(CLUSTERS.drawn(sum).of(new int[] {2, 2, 0})).isEqualTo(2 * (6 + 7) + (0 + 1 + 2));
        assertThat(Clusters.ofGroups(List.of("a", "", "a", "")).count()).isEqualTo(3);
        assertThat(Clusters.ofGroups(List.of("", "", "")).allSingletons()).isTrue();
    }

    @Test
    void oneClusterSaysNothingOfTheSpread() {
        Clusters one = Clusters.of(List.of("a", "a"));
        assertThat(ClusteredMean.standardError(new double[] {0, 1}, one)).isInfinite();
        assertThat(ClusteredMean.interval(new double[] {0, 1}, one, 0.95)).isEmpty();
    }
}
