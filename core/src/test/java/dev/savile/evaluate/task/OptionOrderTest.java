package dev.savile.evaluate.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionOrderTest {
    private static void same(String first, String second, String... options) {
        assertThat(first).isNotEqualTo(second);
        assertThat(OptionOrder.sorted(first, List.of(options)))
                .isEqualTo(OptionOrder.sorted(second, List.of(options).reversed()));
    }

    private static void stays(String text, String... options) {
        assertThat(OptionOrder.sorted(text, List.of(options))).isEqualTo(text);
    }

    @Test
    void listedOptionsComeIntoOneOrder() {
        same("Which colour? red, blue or green", "Which colour? green, red or blue", "red", "blue", "green");
        same("Which colour has it\nblue\nred", "Which colour has it\nred\nblue", "red", "blue");
        same("Pick: (A) blue (B) dark blue", "Pick: (A) dark blue (B) blue", "blue", "dark blue");
        same("Is blue right?\nA. blue\nB. red", "Is blue right?\nA. red\nB. blue", "blue", "red");
    }

    @Test
    void whatStandsBehindMarksComesIntoOneOrder() {
        same("When?\n(A) today\n(B) last year", "When?\n(A) last year\n(B) today", "(A)", "(B)");
    }

    @Test
    void optionsInASentenceAreNoList() {
        stays("Does red beat blue?", "blue", "red");
        stays("Is 3 > 2 here", "2", "3");
        stays("Which colour has the sky?", "red", "blue");
        stays("Is red a colour? red, blue", "red", "blue", "green"); // one does not stand there
        stays("one only", "one");
    }

    @Test
    void questionsThatDifferOutsideTheListStayTwo() {
        List<String> options = List.of("red", "blue");
        assertThat(OptionOrder.sorted("Is blue a colour? red, blue", options))
                .isNotEqualTo(OptionOrder.sorted("Is red a colour? red, blue", options));
    }
}
