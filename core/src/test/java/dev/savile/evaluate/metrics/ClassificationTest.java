package dev.savile.evaluate.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.ItemScores;
import dev.savile.evaluate.statistics.Proportion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ClassificationTest {
    @Test
    void matchesTheReferences() {
        for (JsonNode one : Golden.cases("classification.json")) {
            JsonNode expected = one.get("expected");
            List<Prediction> predictions = strings(one.get("input").get("predicted")).stream()
                    .<Prediction>map(Prediction.Parsed::new)
                    .toList();
            Classification scored = Classification.of(strings(one.get("input").get("gold")), predictions);
            Golden.near(
                    scored.accuracy("raw", "test").value(),
                    expected.get("accuracy").asDouble());
            Golden.near(
                    scored.macroF1("raw", "test", Rng.of(1)).value(),
                    expected.get("macro_f1").asDouble());
            Golden.near(
                    scored.matthews("raw", "test", Rng.of(1)).value(),
                    expected.get("mcc").asDouble());
            List<LabelScore> labels = scored.confusion().perLabel();
            assertThat(labels.stream().map(LabelScore::label).toList()).isEqualTo(strings(expected.get("labels")));
            for (int i = 0; i < labels.size(); i++) {
                Golden.near(
                        labels.get(i).precision().value(),
                        expected.get("precision").get(i).asDouble());
                Golden.near(
                        labels.get(i).recall().value(),
                        expected.get("recall").get(i).asDouble());
                Golden.near(
                        labels.get(i).f1().value(), expected.get("f1").get(i).asDouble());
                assertThat(labels.get(i).support())
                        .isEqualTo(expected.get("support").get(i).asLong());
            }
        }
    }

    @Test
    void matthewsAndMacroF1MatchTheWorkedMatrices() {
        assertThat(of(new int[][] {{40, 10}, {5, 45}})
                        .matthews("raw", "test", Rng.of(1))
                        .value())
                .isCloseTo(0.7035, within(5e-5));
        Classification three = of(new int[][] {{10, 2, 0}, {1, 8, 3}, {0, 2, 14}});
        assertThat(three.matthews("raw", "test", Rng.of(1)).value()).isCloseTo(0.6965, within(5e-5));
        assertThat(three.macroF1("raw", "test", Rng.of(1)).value()).isCloseTo(0.7949, within(5e-5));
    }

    @Test
    void unparsedIsAMissOfItsLabelAndAFalseAlarmOfNone() {
        Classification scored = Classification.of(
                List.of("a", "a", "b"),
                List.of(
                        new Prediction.Parsed("a"),
                        new Prediction.Unparsed("no label found"),
                        new Prediction.Parsed("b")));
        assertThat(scored.confusion().unparsed()).isEqualTo(1);
        assertThat(scored.confusion().labels()).containsExactly("a", "b");
        assertThat(scored.accuracy("raw", "test").value()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(scored.confusion().perLabel().getFirst().recall().value()).isEqualTo(0.5);
        assertThat(scored.confusion().perLabel().getFirst().precision().value()).isEqualTo(1);
        assertThat(scored.macroF1("raw", "test", Rng.of(1)).value()).isCloseTo((2 / 3.0 + 1) / 2, within(1e-12));
    }

    @Test
    void tiedLabelsShareTheCredit() {
        Classification scored = Classification.withCredits(
                List.of("a", "b", "a", "b"),
                Collections.nCopies(4, new Prediction.Parsed("a")),
                ItemScores.of(0.5, 0.5, 0.5, 0.5));
        assertThat(scored.accuracy("raw", "test").value()).isEqualTo(0.5);
    }

    @Test
    void everyScoreCarriesAnIntervalThatHoldsIt() {
        Classification scored = of(new int[][] {{40, 10, 3}, {5, 45, 2}, {1, 0, 30}});
        for (Score score : scored.scores("raw,label", "select", Rng.of(7))) {
            assertThat(score.interval().low()).isLessThan(score.value());
            assertThat(score.interval().high()).isGreaterThan(score.value());
            assertThat(score.n()).isEqualTo(136);
            assertThat(score.name()).endsWith("(raw,label)");
        }
        assertThat(scored.macroF1("raw", "test", Rng.of(7))).isEqualTo(scored.macroF1("raw", "test", Rng.of(7)));
    }

    @Test
    void faultlessAnswersStillLeaveRoomForDoubt() {
        Classification scored = of(new int[][] {{10, 0}, {0, 10}});
        Interval wilson = Proportion.wilson(20, 20, 0.95);
        assertThat(scored.macroF1("raw", "test", Rng.of(1)).interval()).isEqualTo(wilson);
        assertThat(scored.matthews("raw", "test", Rng.of(1)).interval().low())
                .isCloseTo(2 * wilson.low() - 1, within(1e-12));
    }

    @Test
    void macroF1IntervalCoversTheTrueValue() {
        Rng rng = Rng.of(3, "coverage");
        int covered = 0;
        for (int study = 0; study < 60; study++) {
            List<String> gold = new ArrayList<>();
            List<Prediction> predictions = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int label = i % 2;
                gold.add("label " + label);
                boolean right = rng.nextDouble() < 0.8;
                predictions.add(new Prediction.Parsed("label " + (right ? label : 1 - label)));
            }
            Interval interval = Classification.of(gold, predictions)
                    .macroF1("raw", "test", rng)
                    .interval();
            if (interval.contains(0.8)) covered++;
        }
        assertThat(covered).isGreaterThanOrEqualTo(52);
    }

    @Test
    void scoreWithoutItsCompanyIsRefused() {
        assertThatThrownBy(() -> new Score("accuracy", "", "test", 1, 0.5, new Interval(0, 1)))
                .hasMessageContaining("normalisation");
        assertThatThrownBy(() -> new Score("accuracy", "raw", "test", 0, 0.5, new Interval(0, 1)))
                .hasMessageContaining("item");
        assertThatThrownBy(() -> new Score("accuracy", "raw", "test", 9, 0.5, new Interval(0.6, 1)))
                .hasMessageContaining("outside");
        assertThat(new Score("accuracy", "raw", "test", 1500, 0.912, new Interval(0.897, 0.925)).percent())
                .isEqualTo("91.2 (89.7..92.5, n=1500)");
    }

    @Test
    void clustersWidenEveryInterval() {
        List<String> gold = new ArrayList<>();
        List<Prediction> predictions = new ArrayList<>();
        List<String> groups = new ArrayList<>();
        double[] confidence = new double[120];
        boolean[] right = new boolean[120];
        for (int i = 0; i < 120; i++) {
            gold.add(i / 10 % 2 == 0 ? "a" : "b");
            right[i] = i / 10 % 3 != 0; // ten items of a group share their fate
            predictions.add(new Prediction.Parsed(right[i] ? gold.get(i) : "a".equals(gold.get(i)) ? "b" : "a"));
            groups.add("g" + i / 10);
            confidence[i] = 0.9;
        }
        Classification alone = Classification.of(gold, predictions);
        Classification grouped = alone.over(Clusters.ofGroups(groups));
        Calibration calibration = Calibration.of(confidence, right);
        Calibration together = calibration.over(Clusters.ofGroups(groups));
        List<Score> narrow = new ArrayList<>(alone.scores("raw", "test", Rng.of(1)));
        List<Score> wide = new ArrayList<>(grouped.scores("raw", "test", Rng.of(1)));
        narrow.add(calibration.brierTop("raw", "test"));
        wide.add(together.brierTop("raw", "test"));
        for (int i = 0; i < narrow.size(); i++) {
            assertThat(wide.get(i).value()).isEqualTo(narrow.get(i).value());
            assertThat(width(wide.get(i))).as(wide.get(i).name()).isGreaterThan(1.5 * width(narrow.get(i)));
        }
    }

    private static double width(Score score) {
        return score.interval().high() - score.interval().low();
    }

    private static Classification of(int[][] counts) {
        List<String> gold = new ArrayList<>();
        List<Prediction> predictions = new ArrayList<>();
        for (int row = 0; row < counts.length; row++) {
            for (int column = 0; column < counts.length; column++) {
                gold.addAll(Collections.nCopies(counts[row][column], "label " + row));
                predictions.addAll(Collections.nCopies(counts[row][column], new Prediction.Parsed("label " + column)));
            }
        }
        return Classification.of(gold, predictions);
    }

    private static List<String> strings(JsonNode array) {
        return array.values().stream().map(JsonNode::asString).toList();
    }
}
