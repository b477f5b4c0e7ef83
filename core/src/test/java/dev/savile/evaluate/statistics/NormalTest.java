package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.apache.commons.statistics.distribution.TDistribution;
import org.junit.jupiter.api.Test;

class NormalTest {
    @Test
    void quantilesMatchTheTables() {
        assertThat(Normal.quantile(.975)).isCloseTo(1.959964, within(5e-7));
        assertThat(Normal.quantile(.8)).isCloseTo(.841621, within(5e-7));
        assertThat(TDistribution.of(9).inverseCumulativeProbability(.975)).isCloseTo(2.262157, within(5e-7));
        assertThat(Normal.below(Normal.quantile(.123))).isCloseTo(.123, within(1e-12));
        assertThat(Normal.above(1.959964)).isCloseTo(.025, within(1e-7));
    }
}
