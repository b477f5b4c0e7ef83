package dev.savile.evaluate.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CalibrationTest {
    @Test
    void matchesTheReferences() {
        for (JsonNode one : Golden.cases("calibration.json")) {
            JsonNode right = one.get("input").get("correct");
            boolean[] correct = new boolean[right.size()];
            for (int i = 0; i < correct.length; i++) correct[i] = right.get(i).asInt() == 1;
            Calibration calibration =
                    Calibration.of(Golden.numbers(one.get("input").get("confidence")), correct);
            JsonNode expected = one.get("expected");
            Score error = calibration.expectedError("sum", "test", Rng.of(1));
            Golden.near(error.value(), expected.get("ece_10").asDouble());
            Golden.near(
                    calibration.brierTop("sum", "test").value(),
                    expected.get("brier").asDouble());
            double[] counts = Golden.numbers(expected.get("bin_counts"));
            double gap = 0;
            List<Calibration.Bin> bins = calibration.bins();
            for (int bin = 0; bin < counts.length; bin++) {
                assertThat((double) bins.get(bin).items()).isEqualTo(counts[bin]);
                gap = Math.max(
                        gap,
                        Math.abs(
                                bins.get(bin).accuracy().value() - bins.get(bin).confidence()));
            }
            Golden.near(gap, expected.get("max_gap_10").asDouble());
        }
    }

    @Test
    void brierAddsTheSquaresOfAllLabels() {
        Score score = Calibration.brier(
                "sum", "test", List.of(new double[] {0.7, 0.2, 0.1}, new double[] {0, 1, 0}), new int[] {0, 1});
        assertThat(score.value()).isEqualTo((0.09 + 0.04 + 0.01) / 2, within(1e-12));
        assertThat(score.interval().contains(score.value())).isTrue();
    }

    @Test
    void selectiveAccuracyIsThatOfTheMostConfidentAnswers() {
        var sure =
                Calibration.of(new double[] {0.5, 0.9, 0.8, 0.7, 0.6}, new boolean[] {false, true, true, false, true});
        assertThat(selective(sure, 0.4)).isEqualTo(1, within(1e-12)); // .9 and .8
        assertThat(selective(sure, 0.6)).isEqualTo(2.0 / 3, within(1e-12));
        assertThat(selective(sure, 0.5)).isEqualTo(2.0 / 3, within(1e-12)); // two and a half answers are three
        assertThat(selective(sure, 1)).isEqualTo(0.6, within(1e-12));
        // three answers of one confidence: two of them are kept, in no order
        var alike = Calibration.of(new double[] {0.5, 0.5, 0.5, 0.1}, new boolean[] {true, false, false, true});
        assertThat(selective(alike, 0.5)).isEqualTo(1.0 / 3, within(1e-12));
        assertThatThrownBy(() -> selective(sure, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static double selective(Calibration answers, double kept) {
        Score score = answers.selectiveAccuracy(kept, "selective_acc@" + kept, "raw", "test", Rng.of(1));
        assertThat(score.interval().contains(score.value())).isTrue();
        assertThat(score.interval().width()).isPositive();
        return score.value();
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        assertThatThrownBy(() -> Calibration.of(new double[] {1.2}, new boolean[] {true}))
                .hasMessageContaining("1.2");
    }
}
