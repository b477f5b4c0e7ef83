package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ProportionTest {
    @ParameterizedTest
    @CsvSource({"17,20,63.96,94.76", "850,1000,82.65,87.08", "40,50,66.96,88.76", "0,20,0,16.11", "20,20,83.89,100"})
    void wilsonMatchesTheWorkedFigures(long successes, long n, double low, double high) {
        Interval interval = Proportion.wilson((double) successes, n, 0.95);
        assertThat(100 * interval.low()).isCloseTo(low, within(0.005));
        assertThat(100 * interval.high()).isCloseTo(high, within(0.005));
    }

    @Test
    void bothIntervalsMatchTheReferences() {
        for (JsonNode one : Golden.cases("proportion_intervals.json")) {
            JsonNode input = one.get("input");
            long successes = input.get("successes").asLong();
            long n = input.get("n").asLong();
            double level = input.get("confidence").asDouble();
            same(
                    Proportion.wilson((double) successes, n, level),
                    one.get("expected").get("wilson"));
            same(
                    Proportion.clopperPearson(successes, n, level),
                    one.get("expected").get("clopper_pearson"));
        }
    }

    @Test
    void noneAndAllEndExactlyAtTheBorder() {
        for (long n = 1; n < 300; n++) {
            assertThat(Proportion.wilson(0, n, 0.95).low()).isZero();
            assertThat(Proportion.wilson((double) n, n, 0.95).high()).isEqualTo(1);
        }
    }

    @Test
    void fractionalCreditLiesBetweenItsNeighbours() {
        Interval half = Proportion.wilson(17.5, 20, 0.95);
        assertThat(half.low())
                .isBetween(
                        Proportion.wilson(17, 20, 0.95).low(),
                        Proportion.wilson(18, 20, 0.95).low());
    }

    @Test
    void impossibleCountsAreRefused() {
        assertThatThrownBy(() -> Proportion.wilson(21, 20, 0.95)).hasMessageContaining("21");
        assertThatThrownBy(() -> Proportion.wilson(0, 0, 0.95)).hasMessageContaining("n must be at least 1");
        assertThatThrownBy(() -> Proportion.wilson(1, 2, 1.0)).hasMessageContaining("level");
        assertThatThrownBy(() -> new Interval(Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void same(Interval actual, JsonNode expected) {
        Golden.near(actual.low(), expected.get(0).asDouble());
        Golden.near(actual.high(), expected.get(1).asDouble());
    }
}
