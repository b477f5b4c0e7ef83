package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelPriorTest {
    private static final List<String> LABELS = List.of("a", "b");

    @Test
    void probabilitiesAreDividedByThePriorAndRenormalised() {
        var prior = new LabelPrior(LabelPrior.Kind.CC, LABELS, List.of(0.8, 0.2));
        // .7 / .8 = .875 and .3 / .2 = 1.5 of 2.375
        assertThat(prior.calibrated(new double[] {0.7, 0.3}))
                .containsExactly(new double[] {.3684, .6316}, within(5e-5));
    }

    @Test
    void thePriorIsTheMeanOfTheDistributions() {
        var prior = LabelPrior.of(
                LabelPrior.Kind.CC, LABELS, List.of(new double[] {.9, .1}, new double[] {.8, .2}, new double[] {.7, .3
                }));
        assertThat(prior.shares().get(0)).isCloseTo(.8, within(1e-12));
        assertThat(prior.shares().get(1)).isCloseTo(.2, within(1e-12));
    }

    @Test
    void anEvenPriorChangesNothing() {
        var even = new LabelPrior(LabelPrior.Kind.BATCH, LABELS, List.of(0.5, 0.5));
        assertThat(even.calibrated(new double[] {.9, .1})).containsExactly(new double[] {.9, .1}, within(1e-12));
    }

    @Test
    void whatThePromptAloneSaysBecomesEven() {
        var prior = LabelPrior.of(LabelPrior.Kind.CC, LABELS, List.of(new double[] {.97, .03}));
        assertThat(prior.calibrated(new double[] {.97, .03})).containsExactly(new double[] {.5, .5}, within(1e-12));
    }

    @Test
    void calibratedScoresStandForTheCalibratedDistribution() {
        var rng = Rng.of(3, "prior");
        List<String> labels = List.of("a", "b", "c", "d");
        for (int round = 0; round < 200; round++) {
            List<double[]> free = new ArrayList<>();
            for (int i = 0; i < 3; i++) free.add(scores(rng, labels.size()));
            var prior = LabelPrior.ofScores(LabelPrior.Kind.CC, labels, free);
            double[] scores = scores(rng, labels.size());
            assertThat(LabelPrior.distribution(prior.calibratedScores(scores)))
                    .containsExactly(prior.calibrated(LabelPrior.distribution(scores)), within(1e-12));
        }
    }

    private static double[] scores(Rng rng, int count) {
        double[] scores = new double[count];
        for (int i = 0; i < count; i++) scores[i] = -10 * rng.nextDouble();
        return scores;
    }

    @Test
    void distributionsOfLowScoresDoNotVanish() {
        assertThat(LabelPrior.distribution(new double[] {-2000, -2000 + Math.log(3)}))
                .containsExactly(new double[] {.25, .75}, within(1e-12));
    }

    @Test
    void aLabelThatIsNeverSaidDoesNotWinByRounding() {
        var prior = LabelPrior.ofScores(LabelPrior.Kind.CC, LABELS, List.of(new double[] {0, -900}));
        assertThat(prior.shares().get(1)).isCloseTo(1e-6, within(1e-9));
        double[] calibrated = prior.calibrated(LabelPrior.distribution(new double[] {0, -800}));
        assertThat(calibrated[0]).isGreaterThan(0.999);
    }

    @Test
    void itIsWrittenAndReadAsItIs() {
        var prior = new LabelPrior(LabelPrior.Kind.BATCH, LABELS, List.of(0.75, 0.25));
        String json = Json.line(prior);
        assertThat(json).isEqualTo("{\"kind\":\"batch\",\"labels\":[\"a\",\"b\"],\"shares\":[0.75,0.25]}");
        assertThat(Json.strict().readValue(json, LabelPrior.class)).isEqualTo(prior);
    }

    @Test
    void otherLabelsAndWhatIsNoDistributionAreRefused() {
        var prior = new LabelPrior(LabelPrior.Kind.CC, LABELS, List.of(0.8, 0.2));
        prior.require(LABELS);
        var error = catchThrowableOfType(UserError.class, () -> prior.require(List.of("b", "a")));
        assertThat(error.code()).isEqualTo("prompt.prior");
        for (List<Double> shares :
                List.of(List.of(0.8), List.of(1.0, 0.0), List.of(0.5, 0.6), List.of(0.5, Double.NaN)))
            assertThat(catchThrowableOfType(UserError.class, () -> new LabelPrior(LabelPrior.Kind.CC, LABELS, shares))
                            .code())
                    .isEqualTo("prompt.prior");
        assertThatThrownBy(() -> prior.calibrated(new double[3])).hasMessageContaining("3 values for 2 labels");
    }
}
