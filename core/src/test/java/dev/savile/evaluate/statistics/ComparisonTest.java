package dev.savile.evaluate.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.engine.Rng;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    @Test
    void clearGapIsBetterOneWayAndWorseTheOther() {
        boolean[] first = right(100, 0, 90);
        boolean[] second = right(100, 0, 60);
        Comparison there = Comparison.of(first, second, 0.01);
        assertThat(there.verdict()).isEqualTo(new Verdict.Better());
        assertThat(there.evidence().onlyFirst()).isEqualTo(30);
        assertThat(there.evidence().difference()).isEqualTo(0.3);
        assertThat(there.sentence("lora", "base"))
                .startsWith("lora is better than base by 30.0 points (difference +30.0 points, 95% interval ")
                .endsWith("n 100, p < 0.0001)");
        assertThat(Comparison.of(second, first, 0.01).verdict()).isEqualTo(new Verdict.Worse());
    }

    @Test
    void identicalAnswersOnManyItemsAreEquivalent() {
        boolean[] same = right(1000, 0, 800);
        Comparison comparison = Comparison.of(same, same, 0.01);
        assertThat(comparison.verdict()).isEqualTo(new Verdict.Equivalent());
        assertThat(comparison.sentence("a", "b")).startsWith("a and b are within 1 point of each other");
    }

    @Test
    void identicalAnswersOnFewItemsAreUndecided() {
        boolean[] same = right(100, 0, 80);
        Comparison comparison = Comparison.of(same, same, 0.01);
        assertThat(comparison.verdict()).isEqualTo(new Verdict.Undecided(new ItemsNeeded.More(281)));
        assertThat(comparison.verdict().word()).isEqualTo("undecided");
        assertThat(comparison.sentence("a", "b")).endsWith("to settle it: about 290 more items");
    }

    @Test
    void pValueRulesWhereTheIntervalDisagrees() {
        Comparison comparison = Comparison.of(right(50, 0, 30), right(50, 0, 25), 0.01);
        assertThat(comparison.evidence().interval().low()).isPositive();
        assertThat(comparison.evidence().p()).isEqualTo(0.0625);
        assertThat(comparison.verdict()).isInstanceOf(Verdict.Undecided.class);
    }

    @Test
    void equalMarginsWithOtherDiscordanceGiveAnotherPValue() {
        double near = Comparison.of(right(100, 0, 80), right(100, 0, 70), 0.01)
                .evidence()
                .p();
        double far = Comparison.of(right(100, 0, 80), right(100, 30, 100), 0.01)
                .evidence()
                .p();
        assertThat(near).isLessThan(0.01);
        assertThat(far).isGreaterThan(0.1);
    }

    /// Wins are no evidence by themselves: 30 against 20 and 60 against 50 leave the same difference.
    @Test
    void moreDiscordanceAroundTheSameDifferenceIsWeakerEvidence() {
        double last = 0;
        for (int lost : new int[] {0, 5, 10, 20, 50}) {
            double p = Comparison.of(right(200, lost, lost + 60), right(200, 0, 50), 0.01)
                    .evidence()
                    .p();
            assertThat(p).isGreaterThan(last);
            last = p;
        }
    }

    @Test
    void sharedCreditUsesTheBootstrap() {
        double[] first = new double[300];
        double[] second = new double[300];
        for (int i = 0; i < 300; i++) {
            first[i] = i % 5 == 0 ? 0.5 : 1;
            second[i] = i % 2 == 0 ? 0.5 : 1;
        }
        Comparison comparison = Comparison.of(first, second, 0.01, Rng.of(1, "credit"));
        assertThat(comparison.evidence().method()).contains("bootstrap");
        assertThat(comparison.verdict()).isEqualTo(new Verdict.Better());
        assertThat(comparison
                        .evidence()
                        .interval()
                        .contains(comparison.evidence().difference()))
                .isTrue();
    }

    @Test
    void constantFractionalGapIsNeverCalledSettledByTheTolerance() {
        double[] ones = {1, 1, 1};
        double[] halves = {0.5, 0.5, 0.5};
        Comparison comparison = Comparison.of(ones, halves, 0.01, Rng.of(2));
        assertThat(comparison.evidence().interval()).isEqualTo(new Interval(-1, 1));
        assertThat(comparison.verdict()).isInstanceOf(Verdict.Undecided.class);
    }

    @Test
    void otherItemsOrImpossibleScoresAreRefused() {
        assertThatThrownBy(() -> Comparison.of(new boolean[3], new boolean[4], 0.01))
                .hasMessageContaining("3 and 4");
        assertThatThrownBy(() -> Comparison.of(new boolean[3], new boolean[3], 0))
                .hasMessageContaining("tolerance");
        assertThatThrownBy(() -> Comparison.of(new double[] {2}, new double[] {0}, 0.01, Rng.of(1)))
                .hasMessageContaining("2.0");
    }

    private static boolean[] right(int items, int from, int to) {
        boolean[] right = new boolean[items];
        for (int i = from; i < to; i++) right[i] = true;
        return right;
    }
}
