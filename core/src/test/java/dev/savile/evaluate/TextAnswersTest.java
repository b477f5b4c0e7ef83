package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.evaluate.metrics.Score;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TextAnswersTest {
    private static Map<String, Score> scores(TextAnswers.Item... items) {
        return new TextAnswers(List.of(items))
                .scores("test", 1).stream().collect(Collectors.toMap(Score::name, score -> score));
    }

    private static double value(Map<String, Score> scores, String name) {
        Score score = scores.get(name);
        assertThat(score).as(name).isNotNull();
        return score == null ? Double.NaN : score.value();
    }

    @Test
    void oneAnswerHasTheScoresOfTheBooks() {
        Map<String, Score> scores =
                scores(new TextAnswers.Item("the cat sat on the mat", List.of("the cat lay on the mat")));
        assertThat(value(scores, "bleu(13a)")).isCloseTo(0.379918, within(1e-6));
        assertThat(value(scores, "chrF(raw)")).isCloseTo(0.610887, within(1e-6));
        assertThat(value(scores, "rougeL(ascii)")).isCloseTo(5 / 6.0, within(1e-12));
        assertThat(value(scores, "exact_match(trim)")).isZero();
    }

    @Test
    void theBestReferenceCountsAndTheIntervalHoldsTheScore() {
        Map<String, Score> scores = scores(
                new TextAnswers.Item(" Paris ", List.of("London", "Paris")),
                new TextAnswers.Item("the Rome!", List.of("Rome")),
                new TextAnswers.Item("", List.of("Bern")));
        assertThat(value(scores, "exact_match(trim)")).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(value(scores, "exact_match(squad)")).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(value(scores, "token_f1(squad)")).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(scores.values()).allSatisfy(score -> {
            assertThat(score.interval().contains(score.value())).isTrue();
            assertThat(score.n()).isEqualTo(3);
        });
    }

    @Test
    void aReferenceCanBeAPatternThatIsFound() {
        TextMetric regex = TextMetric.of("regex");
        assertThat(regex.name()).isEqualTo("regex(trim)");
        assertThat(regex.credit(new TextAnswers.Item("It is 12 km.", List.of("no", "\\b1[0-9] km"))))
                .isEqualTo(1);
        assertThat(regex.credit(new TextAnswers.Item("It is 12 km.", List.of("^12"))))
                .isZero();
        assertThat(regex.credit(new TextAnswers.Item("YES ", List.of("(?i)^yes$"))))
                .isEqualTo(1);
        assertThatThrownBy(() -> TextMetric.of("regex(case)")) // the pattern would have to be brought to it, too
                .hasMessageContaining("metric.normalisation");
        assertThatThrownBy(() -> regex.require(List.of("fine", "(")))
                .hasMessageContaining("metric.regex")
                .hasMessageContaining("'('");
        assertThatThrownBy(() -> regex.credit(new TextAnswers.Item("a".repeat(60) + "!", List.of("(.*a){25}x"))))
                .hasMessageContaining("metric.regex")
                .hasMessageContaining("took more than");
    }

    /// References without a word that counts are no present for those who say nothing.
    @Test
    void anAnswerThatCouldNotBeReadIsWrongWhateverTheReference() {
        for (String wanted : List.of("The", "?", "", "a"))
            for (TextMetric.Measure measure : TextMetric.Measure.values())
                assertThat(TextMetric.of(measure).credit(TextAnswers.Item.unread(List.of(wanted), List.of())))
                        .as("%s of '%s'", measure, wanted)
                        .isZero();
        assertThat(value(scores(TextAnswers.Item.unread(List.of("the"), List.of())), "exact_match(squad)"))
                .isZero();
    }

    @Test
    void scoresThatAreAllAlikeAreNotCertain() {
        Map<String, Score> scores =
                scores(new TextAnswers.Item("x", List.of("a b c")), new TextAnswers.Item("y", List.of("d e f")));
        assertThat(value(scores, "rougeL(ascii)")).isZero();
        assertThat(scores).hasEntrySatisfying("rougeL(ascii)", score -> assertThat(
                        score.interval().high())
                .isGreaterThan(0.3));
    }

    @Test
    void theSameSeedGivesTheSameIntervals() {
        var items = new TextAnswers.Item[] {
            new TextAnswers.Item("a b c d e", List.of("a b c d f")),
            new TextAnswers.Item("g h", List.of("g i")),
            new TextAnswers.Item("k", List.of("k"))
        };
        assertThat(scores(items)).isEqualTo(scores(items));
    }

    @Test
    void nothingToScoreIsRefused() {
        assertThatThrownBy(() -> new TextAnswers(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TextAnswers.Item("x", List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
