package dev.savile.evaluate.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.evaluate.metrics.Score.Scale;
import dev.savile.evaluate.statistics.Interval;
import org.junit.jupiter.api.Test;

/// How scores are written follows from the metric, whatever the value.
class ScoreTest {
    private static Score score(String metric, double value, Interval interval, Scale scale) {
        return new Score(metric, "raw", "test", 40, value, interval, scale);
    }

    @Test
    void anAmountBelowOneIsNoShare() {
        assertThat(score("bits_per_byte", 0.95, new Interval(0.9, 1), Scale.PLAIN)
                        .shown())
                .isEqualTo("0.950 (0.900..1.000)");
        assertThat(score("loss", 0.45, new Interval(0.4, 0.5), Scale.PLAIN).shown())
                .isEqualTo("0.450 (0.400..0.500)");
    }

    @Test
    void aRateIsInPerCentOnBothSidesOfOne() {
        assertThat(new Score("ter", "tercom", "test", 40, 0.9, new Interval(0.8, 0.99)).shown())
                .isEqualTo("90.0 (80.0..99.0)");
        assertThat(new Score("ter", "tercom", "test", 40, 1.3, new Interval(0.9, 1.5)).shown())
                .isEqualTo("130.0 (90.0..150.0)");
    }

    @Test
    void anotherNameLeavesTheScale() {
        Score loss = score("loss", 0.45, new Interval(0.4, 0.5), Scale.PLAIN);
        assertThat(loss.withNormalisation("raw,flexible").shown()).isEqualTo(loss.shown());
        assertThat(loss.withNormalisation("raw,flexible").name()).isEqualTo("loss(raw,flexible)");
    }

    @Test
    void whereNoIntervalIsKnownNoneIsWritten() {
        Score loss = score("loss", 0.45, Interval.UNBOUNDED, Scale.PLAIN);
        assertThat(loss.shown()).isEqualTo("0.450 (-)");
        assertThat(Json.strict().readTree(Json.line(loss)).has("interval")).isFalse();
        Score known = score("loss", 0.45, new Interval(0.4, 0.5), Scale.PLAIN);
        assertThat(Json.strict().readTree(Json.line(known)).at("/interval/low").doubleValue())
                .isEqualTo(0.4);
    }
}
