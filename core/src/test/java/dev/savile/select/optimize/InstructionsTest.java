package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.select.optimize.Instructions.Tried;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstructionsTest {
    /// The best stands last, nearest to what is asked for.
    @Test
    void furtherRoundsSeeHowInstructionsDid() {
        List<Tried> tried = List.of(new Tried("Sort.", 0.25), new Tried("", 0.9), new Tried("Say which team.", 0.5));
        String question = Instructions.question(List.of(), 0, tried);
        assertThat(question)
                .containsSubsequence("Sort.: 25 %", "Say which team.: 50 %", "instructs better")
                .doesNotContain("90 %");
        assertThat(Instructions.question(List.of(), 0, List.of())).doesNotContain("%");
    }
}
