package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopsTest {
    @Test
    void eightTimesTheSameFourWordsAreALoop() {
        String four = "one two three four ";
        assertThat(Loops.in(four.repeat(8))).isTrue();
        assertThat(Loops.in("It begins well. " + four.repeat(8) + "and ends")).isTrue();
        assertThat(Loops.in(four.repeat(7))).isFalse();
        assertThat(Loops.in("no ".repeat(32))).isTrue();
        assertThat(Loops.in((four + "five ").repeat(8))).isFalse();
        assertThat(Loops.in("")).isFalse();
    }
}
