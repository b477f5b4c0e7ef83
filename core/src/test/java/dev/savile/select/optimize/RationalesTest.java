package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RationalesTest {
    private static final PromptBundle PLAIN = PromptBundle.classification(List.of("pay", "post"), true);
    private static final List<Demo> WAYS = List.of(
            new Demo("", "pay", Map.of("text", "a bill"), "A bill is paid."),
            new Demo("", "post", Map.of("text", "a box"), "A box is sent."));

    @Test
    void theFirstTryIsTheLikeliestWayWithoutExamples() {
        PromptBundle first = Rationales.prompt(PLAIN, 0, WAYS, 1);
        assertThat(first.reasoning()).isEqualTo(Reasoning.of(Reasoning.Mode.ZERO_SHOT));
        assertThat(first.demos().count()).isZero();
    }

    @Test
    void laterTriesAreDrawnAsTheWaysFoundSoFarAre() {
        PromptBundle later = Rationales.prompt(PLAIN, 1, WAYS, 1);
        assertThat(later.reasoning().mode()).isEqualTo(Reasoning.Mode.FEW_SHOT);
        assertThat(later.reasoning().temperature()).isEqualTo(1);
        assertThat(later.demos().pool()).isEqualTo(WAYS);
        assertThat(later.demos().count()).isEqualTo(2);
        PromptBundle without = Rationales.prompt(PLAIN, 1, List.of(), 1);
        assertThat(without.reasoning().mode()).isEqualTo(Reasoning.Mode.ZERO_SHOT);
        assertThat(without.reasoning().temperature()).isEqualTo(1);
        assertThat(without.demos().count()).isZero();
    }
}
