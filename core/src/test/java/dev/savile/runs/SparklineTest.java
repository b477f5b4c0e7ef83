package dev.savile.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SparklineTest {
    @Test
    void fallingLossFallsFromTheHighestBarToTheLowest() {
        assertThat(Sparkline.of(new double[] {8, 7, 6, 5, 4, 3, 2, 1}, 20)).isEqualTo("█▇▆▅▄▃▂▁");
    }

    @Test
    void manyValuesAreAveragedIntoTheWidth() {
        double[] values = new double[1003];
        for (int i = 0; i < values.length; i++) values[i] = i;
        assertThat(Sparkline.of(values, 8)).isEqualTo("▁▂▃▄▅▆▇█");
    }

    @Test
    void constantEmptyAndBrokenValuesAreDrawnToo() {
        assertThat(Sparkline.of(new double[] {2, 2, 2}, 5)).isEqualTo("▄▄▄");
        assertThat(Sparkline.of(new double[0], 5)).isEmpty();
        assertThat(Sparkline.of(new double[] {1, Double.NaN, 2, Double.POSITIVE_INFINITY}, 5))
                .isEqualTo("▁ █ ");
        assertThatThrownBy(() -> Sparkline.of(new double[1], 0)).hasMessageContaining("width");
    }
}
