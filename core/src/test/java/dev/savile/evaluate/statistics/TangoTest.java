package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TangoTest {
    @ParameterizedTest
    @CsvSource({
        "0,0,100,-3.70,3.70",
        "10,2,100,1.43,15.80",
        "30,14,500,.63,5.96",
        "1,7,21,-51.72,-2.60",
        "5,0,50,2.15,21.36"
    })
    void intervalMatchesTheWorkedFigures(int b, int c, int n, double low, double high) {
        Interval interval = Tango.interval(b, c, n, 0.95);
        assertThat(100 * interval.low()).isCloseTo(low, within(0.005));
        assertThat(100 * interval.high()).isCloseTo(high, within(0.005));
    }

    @ParameterizedTest
    @CsvSource({"0,0,100,.0766,.00005", "15,5,200,.00147,.000005", "2,10,100,.965,.0005"})
    void nonInferiorityMatchesTheWorkedFigures(int b, int c, int n, double p, double precision) {
        assertThat(Tango.nonInferiority(b, c, n, 0.02)).isCloseTo(p, within(precision));
    }

    @Test
    void swappingTheSystemsMirrorsTheInterval() {
        Rng rng = Rng.of(3, "tango");
        for (int i = 0; i < 200; i++) {
            int n = 1 + rng.nextInt(400);
            int b = rng.nextInt(n + 1);
            int c = rng.nextInt(n - b + 1);
            Interval there = Tango.interval(b, c, n, 0.95);
            Interval back = Tango.interval(c, b, n, 0.95);
            assertThat(there.low()).isCloseTo(-back.high(), within(1e-9));
            assertThat(there.contains((double) (b - c) / n)).isTrue();
            assertThat(there.low()).isGreaterThanOrEqualTo(-1);
        }
    }

    @Test
    void nonInferiorityAgreesWithTheIntervalsLowerEnd() {
        Rng rng = Rng.of(4, "tango");
        for (int i = 0; i < 500; i++) {
            int n = 50 + rng.nextInt(1000);
            int[] counts = Simulated.discordant(rng, n, 0.05, 0.05);
            boolean accepted = Tango.nonInferiority(counts[0], counts[1], n, 0.02) < 0.025;
            double low = Tango.interval(counts[0], counts[1], n, 0.95).low();
            assertThat(accepted).isEqualTo(low > -0.02);
        }
    }

    @Test
    void intervalCoversTheTrueDifference() {
        Rng rng = Rng.of(5, "coverage");
        int covered = 0;
        int studies = 2000;
        for (int i = 0; i < studies; i++) {
            int[] counts = Simulated.discordant(rng, 200, 0.12, 0.07);
            if (Tango.interval(counts[0], counts[1], 200, 0.95).contains(0.05)) covered++;
        }
        assertThat((double) covered / studies).isBetween(0.935, 0.965);
    }

    @Test
    void gapOfExactlyTheToleranceIsRarelyAccepted() {
        Rng rng = Rng.of(6, "non-inferiority");
        int accepted = 0;
        int studies = 2000;
        for (int i = 0; i < studies; i++) {
            int[] counts = Simulated.discordant(rng, 800, 0.04, 0.06);
            if (Tango.nonInferiority(counts[0], counts[1], 800, 0.02) < 0.025) accepted++;
        }
        assertThat((double) accepted / studies).isLessThanOrEqualTo(0.035);
    }

    @Test
    void equalArmsAreAcceptedWithTheStatedPower() {
        Rng rng = Rng.of(7, "non-inferiority");
        int accepted = 0;
        int studies = 1000;
        int n = 1963;
        for (int i = 0; i < studies; i++) {
            int[] counts = Simulated.discordant(rng, n, 0.05, 0.05);
            if (Tango.nonInferiority(counts[0], counts[1], n, 0.02) < 0.025) accepted++;
        }
        assertThat((double) accepted / studies).isBetween(0.77, 0.83);
    }
}
