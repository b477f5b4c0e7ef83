package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class HolmTest {
    @Test
    void matchesTheReferences() {
        for (JsonNode one : Golden.cases("multiple_testing.json")) {
            double[] adjusted = Holm.adjust(Golden.numbers(one.get("input").get("p")));
            double[] expected = Golden.numbers(one.get("expected").get("holm").get("adjusted"));
            for (int i = 0; i < expected.length; i++) Golden.near(adjusted[i], expected[i]);
        }
    }

    @Test
    void matchesTheWorkedFigures() {
        assertThat(Holm.adjust(new double[] {.01, .04, .03, .005}))
                .containsExactly(new double[] {.03, .06, .06, .02}, within(1e-12));
    }

    @Test
    void noTestsGiveNoValues() {
        assertThat(Holm.adjust(new double[0])).isEmpty();
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        assertThatThrownBy(() -> Holm.adjust(new double[] {0.1, Double.NaN})).hasMessageContaining("NaN");
    }
}
