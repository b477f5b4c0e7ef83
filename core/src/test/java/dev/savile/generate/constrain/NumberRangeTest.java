package dev.savile.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.engine.Rng;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NumberRangeTest {
    private static Automaton numbers(String type, String low, BigDecimal least, String high, BigDecimal most) {
        return Automaton.jsonSchema(Json.strict().valueToTree(Map.of("type", type, low, least, high, most)));
    }

    @Test
    void wholeNumbersOfARangeAreExactlyThose() {
        Rng rng = Rng.of(3, "ranges");
        for (int round = 0; round < 150; round++) {
            int spread = round % 3 == 0 ? 20 : 2500;
            int least = rng.nextInt(2 * spread) - spread;
            int most = least + 2 + rng.nextInt(spread);
            boolean lowOpen = rng.nextInt(2) == 0;
            boolean highOpen = rng.nextInt(2) == 0;
            Automaton automaton = numbers(
                    "integer",
                    lowOpen ? "exclusiveMinimum" : "minimum",
                    BigDecimal.valueOf(least),
                    highOpen ? "exclusiveMaximum" : "maximum",
                    BigDecimal.valueOf(most));
            for (int n = least - 30; n <= most + 30; n++)
                assertThat(automaton.matches(Integer.toString(n)))
                        .as("%d in %d..%d", n, least, most)
                        .isEqualTo((lowOpen ? n > least : n >= least) && (highOpen ? n < most : n <= most));
            for (String never : List.of("-0", "00", "-", "", "+1", "01", "1.0", "1e1"))
                assertThat(automaton.matches(never)).as(never).isFalse();
        }
    }

    @Test
    void boundsOfIntegersNeedNotBeWholeAndMayBeHuge() {
        Automaton small =
                numbers("integer", "minimum", new BigDecimal("-1.5"), "exclusiveMaximum", new BigDecimal("2.5"));
        for (int n = -5; n <= 5; n++)
            assertThat(small.matches(Integer.toString(n))).isEqualTo(n >= -1 && n <= 2);
        Automaton huge = numbers("integer", "minimum", new BigDecimal("-1e30"), "maximum", new BigDecimal("1e30"));
        assertThat(huge.matches("999999999999999999")).isTrue();
        assertThat(huge.matches("-999999999999999999")).isTrue();
        assertThat(huge.matches("1000000000000000000")).isFalse(); // 19 digits
    }

    @Test
    void decimalNumbersOfARangeAreExactlyThose() {
        Rng rng = Rng.of(4, "decimals");
        for (int round = 0; round < 60; round++) {
            int least = rng.nextInt(60) - 30;
            int most = least + 1 + rng.nextInt(40);
            boolean lowOpen = rng.nextInt(2) == 0;
            boolean highOpen = rng.nextInt(2) == 0;
            Automaton automaton = numbers(
                    "number",
                    lowOpen ? "exclusiveMinimum" : "minimum",
                    BigDecimal.valueOf(least),
                    highOpen ? "exclusiveMaximum" : "maximum",
                    BigDecimal.valueOf(most));
            for (int i = 0; i < 600; i++) {
                BigDecimal value = BigDecimal.valueOf(least * 100L - 300 + rng.nextInt(100 * (most - least) + 600), 2);
                if (i % 3 == 0) value = value.setScale(0, java.math.RoundingMode.DOWN);
                int low = value.compareTo(BigDecimal.valueOf(least));
                int high = value.compareTo(BigDecimal.valueOf(most));
                assertThat(automaton.matches(value.toPlainString()))
                        .as("%s in %d..%d", value, least, most)
                        .isEqualTo((lowOpen ? low > 0 : low >= 0) && (highOpen ? high < 0 : high <= 0));
            }
        }
    }
}
