package dev.savile.evaluate.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.engine.Rng;
import dev.savile.evaluate.metrics.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VoteTest {
    private static final Prediction NOTHING = new Prediction.Unparsed("no number");

    /// `-` stands for an answer that could not be read.
    private static List<Prediction> samples(String values) {
        return Stream.of(values.split(" ")).map(VoteTest::sample).toList();
    }

    private static Prediction sample(String value) {
        return value.equals("-") ? NOTHING : new Prediction.Parsed(value);
    }

    @ParameterizedTest
    @CsvSource({"12 - - 7 7, 7", "A - - - -, A", "A B B A, A", "B A A B C, B"})
    void theMostVotesWinAndTiesGoToTheFirstVote(String values, String winner) {
        assertThat(Vote.of(samples(values))).isEqualTo(new Prediction.Parsed(winner));
    }

    @Test
    void withoutAParsedSampleThereIsNoWinner() {
        assertThat(Vote.of(samples("- - -"))).isEqualTo(new Prediction.Unparsed("none of 3 samples could be read"));
    }

    @Test
    void theFirstSamplesVoteAlone() {
        List<Prediction> samples = samples("A B B - C");
        assertThat(Vote.first(samples, 1)).isEqualTo(new Prediction.Parsed("A"));
        assertThat(Vote.first(samples, 2)).isEqualTo(new Prediction.Parsed("A"));
        assertThat(Vote.first(samples, 3)).isEqualTo(new Prediction.Parsed("B"));
        assertThatThrownBy(() -> Vote.first(samples, 0)).hasMessageContaining("at least one");
    }

    @ParameterizedTest
    @CsvSource({"A A A B B, 3", "A A B A B, 4", "A B A B C, 5", "- - A B C, 5", "A A, 2"})
    void drawingStopsOnlyWhenTheLeadIsLargerThanWhatIsLeft(String values, int drawn) {
        List<Prediction> samples = samples(values);
        assertThat(Vote.draw(samples.size(), samples::get).drawn()).isEqualTo(drawn);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void stoppingEarlyNeverChangesTheResult(long seed) {
        var rng = Rng.of(seed, "votes");
        int saved = 0;
        for (int round = 0; round < 3000; round++) {
            int planned = 1 + rng.nextInt(9);
            int values = 1 + rng.nextInt(4);
            List<Prediction> samples = new ArrayList<>();
            for (int i = 0; i < planned; i++)
                samples.add(
                        rng.nextInt(4) == 0
                                ? NOTHING
                                : new Prediction.Parsed(String.valueOf((char) ('A' + rng.nextInt(values)))));
            Vote.Outcome outcome = Vote.draw(planned, samples::get);
            assertThat(outcome.winner()).as("%s", samples).isEqualTo(counted(samples));
            saved += planned - outcome.drawn();
        }
        assertThat(saved).isGreaterThan(1000);
    }

    /// The winner by counting each value on its own, from the first sample on.
    private static Prediction counted(List<Prediction> samples) {
        Prediction best = new Prediction.Unparsed("none of " + samples.size() + " samples could be read");
        long most = 0;
        for (Prediction sample : samples) {
            long votes = samples.stream().filter(sample::equals).count();
            if (!sample.equals(NOTHING) && votes > most) {
                best = sample;
                most = votes;
            }
        }
        return best;
    }
}
