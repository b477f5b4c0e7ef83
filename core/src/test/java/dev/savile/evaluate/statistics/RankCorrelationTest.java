package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RankCorrelationTest {
    /// Ten ranks whose squared differences add up to 194: 1 - 6 * 194 / 990.
    @Test
    void correlationOfDifferentValuesMatchesTheFormulaOfRanks() {
        double[] first = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
        double[] second = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
        assertThat(RankCorrelation.spearman(first, second).orElseThrow()).isCloseTo(-29 / 165.0, within(1e-12));
    }

    /// Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4.
    @Test
    void equalValuesShareTheirRank() {
        assertThat(RankCorrelation.spearman(new double[] {1, 2, 2, 3}, new double[] {10, 20, 30, 40})
                        .orElseThrow())
                .isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-12));
    }

    @Test
    void risingTogetherIsOneAndConstantsSayNothing() {
        assertThat(RankCorrelation.spearman(new double[] {1, 5, 9}, new double[] {2, 3, 1000}))
                .hasValue(1);
        assertThat(RankCorrelation.spearman(new double[] {1, 1, 1}, new double[] {2, 3, 4}))
                .isEmpty();
        assertThat(RankCorrelation.spearman(new double[0], new double[0])).isEmpty();
        assertThatThrownBy(() -> RankCorrelation.spearman(new double[1], new double[2]))
                .hasMessageContaining("1 values");
    }
}
