package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class SampleSizeTest {
    @ParameterizedTest
    @CsvSource({
        "100,8.8,10.7,12.4,15.2",
        "200,6.2,7.6,8.8,10.8",
        "500,4.0,4.8,5.6,6.8",
        "1000,2.8,3.4,4.0,4.8",
        "2000,2.0,2.4,2.8,3.4"
    })
    void minimumDetectableGapMatchesTheTable(long n, double at10, double at15, double at20, double at30) {
        assertThat(gap(n, 0.10)).isCloseTo(at10, within(0.0501));
        assertThat(gap(n, 0.15)).isCloseTo(at15, within(0.0501));
        assertThat(gap(n, 0.20)).isCloseTo(at20, within(0.0501));
        assertThat(gap(n, 0.30)).isCloseTo(at30, within(0.0501));
    }

    @Test
    void minimumDetectableGapAtFivePercentMatchesTheTable() {
        assertThat(SampleSize.minimumDetectableGap(100, 0.05)).isEmpty();
        assertThat(gap(200, 0.05)).isCloseTo(4.4, within(0.0501));
        assertThat(gap(500, 0.05)).isCloseTo(2.8, within(0.0501));
        assertThat(gap(1000, 0.05)).isCloseTo(2.0, within(0.0501));
        assertThat(gap(2000, 0.05)).isCloseTo(1.4, within(0.0501));
    }

    @ParameterizedTest
    @CsvSource({"2,8,1568", "3,10,870", "5,15,469", "5,30,940", "10,20,155"})
    void itemsForAGapMatchTheTable(double gap, double psi, long n) {
        assertThat(SampleSize.items(psi / 100, gap / 100)).isCloseTo(n, within(1L));
    }

    @ParameterizedTest
    @CsvSource({"1,7849", "2,1963", "3,873", "5,314"})
    void itemsForNonInferiorityOfEqualArmsMatchTheTable(double tolerance, long n) {
        assertThat(SampleSize.itemsForNonInferiority(0.10, 0, tolerance / 100)).isCloseTo(n, within(1L));
    }

    @Test
    void powerAndSizeMatchTheReferences() {
        for (JsonNode one : Golden.cases("mcnemar_power.json")) {
            JsonNode input = one.get("input");
            double psi = input.get("p10").asDouble() + input.get("p01").asDouble();
            double gap = input.get("p10").asDouble() - input.get("p01").asDouble();
            double alpha = input.get("alpha").asDouble();
            Golden.near(
                    SampleSize.power(input.get("n").asLong(), psi, gap, alpha),
                    one.get("expected").get("power").asDouble());
            assertThat(SampleSize.items(
                            psi, gap, alpha, input.get("target_power").asDouble()))
                    .isEqualTo(one.get("expected").get("smallest_n_for_target").asLong());
        }
    }

    @Test
    void neededItemsAreBeyondThoseAtHand() {
        assertThat(SampleSize.neededForNonInferiority(1000, 0.10, 0, 0.02)).isEqualTo(new ItemsNeeded.More(963));
        assertThat(SampleSize.neededForNonInferiority(1000, 0.10, -0.03, 0.02)).isEqualTo(new ItemsNeeded.Unlikely());
        assertThat(SampleSize.neededForNonInferiority(100, 0, 0, 0.02)).isEqualTo(new ItemsNeeded.More(89));
        assertThat(SampleSize.neededForDifference(100, 0.10, 0)).isEqualTo(new ItemsNeeded.Unlikely());
    }

    @Test
    void needsReadAsRoundFigures() {
        assertThat(new ItemsNeeded.More(89).words()).isEqualTo("about 89 more items");
        assertThat(new ItemsNeeded.More(7849).words()).isEqualTo("about 7,900 more items");
        assertThat(new ItemsNeeded.Unlikely().or(new ItemsNeeded.More(5))).isEqualTo(new ItemsNeeded.More(5));
        assertThat(new ItemsNeeded.More(9).or(new ItemsNeeded.More(5))).isEqualTo(new ItemsNeeded.More(5));
    }

    private static double gap(long n, double psi) {
        return 100 * SampleSize.minimumDetectableGap(n, psi).orElseThrow();
    }
}
