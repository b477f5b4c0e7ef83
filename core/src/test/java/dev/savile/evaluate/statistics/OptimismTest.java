package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimismTest {
    @ParameterizedTest
    @CsvSource({"1,0", "2,.564", "4,1.029", "8,1.424", "16,1.766"})
    void expectedMaximumMatchesTheTable(int count, double expected) {
        assertThat(Optimism.expectedMaximum(count)).isCloseTo(expected, within(5.1e-4));
    }

    @ParameterizedTest
    @CsvSource({"8,100,5.1", "8,200,3.6", "8,500,2.3", "8,1000,1.6", "16,100,6.3"})
    void optimismMatchesTheTable(int systems, long n, double points) {
        assertThat(100 * Optimism.expected(systems, n, 0.70, 0.39)).isCloseTo(points, within(0.0501));
    }
}
