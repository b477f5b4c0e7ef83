package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class McNemarTest {
    @ParameterizedTest
    @CsvSource({"0,0,1", "5,0,.0625", "6,0,.03125", "10,2,.038574", "15,5,.041389", "12,7,.359283", "30,14,.022629"})
    void matchesTheWorkedFigures(int b, int c, double p) {
        assertThat(McNemar.exact(b, c)).isCloseTo(p, within(5e-7));
        assertThat(McNemar.exact(c, b)).isEqualTo(McNemar.exact(b, c));
    }

    @Test
    void matchesTheReferences() {
        for (JsonNode one : Golden.cases("mcnemar.json"))
            Golden.near(
                    McNemar.exact(
                            one.get("input").get("only_first_right").asInt(),
                            one.get("input").get("only_second_right").asInt()),
                    one.get("expected").get("exact_p").asDouble());
    }

    @Test
    void fairCoinCasesOfTheBinomialReferenceMatch() {
        for (JsonNode one : Golden.cases("binomial_test.json")) {
            JsonNode input = one.get("input");
            if (input.get("p").asDouble() != 0.5) continue;
            int b = input.get("k").asInt();
            int c = input.get("n").asInt() - b;
            Golden.near(
                    McNemar.exact(b, c), one.get("expected").get("two_sided").asDouble());
            Golden.near(
                    McNemar.greater(b, c), one.get("expected").get("greater").asDouble());
        }
    }

    @Test
    void equalSystemsAreRarelyToldApart() {
        Rng rng = Rng.of(11, "equal systems");
        int alarms = 0;
        for (int study = 0; study < 1000; study++) {
            int[] counts = Simulated.discordant(rng, 300, 0.06, 0.06);
            if (McNemar.exact(counts[0], counts[1]) < 0.05) alarms++;
        }
        assertThat(alarms).isLessThanOrEqualTo(50);
    }
}
