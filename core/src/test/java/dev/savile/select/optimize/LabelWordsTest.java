package dev.savile.select.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelWordsTest {
    @Test
    void namesOfProgramsBecomeWords() {
        assertThat(LabelWords.PLAIN.of(List.of("GetWeather", "card_arrival", "top-up")))
                .containsEntry("GetWeather", "get weather")
                .containsEntry("card_arrival", "card arrival")
                .containsEntry("top-up", "top up");
    }

    @Test
    void aWayThatChangesNothingOrJoinsTwoLabelsIsNone() {
        assertThat(LabelWords.LOWER.of(List.of("yes", "no"))).isEmpty();
        assertThat(LabelWords.LOWER.of(List.of("yes", "YES"))).isEmpty();
        assertThat(LabelWords.CAPITAL.of(List.of("yes", "no"))).containsEntry("no", "No");
    }
}
