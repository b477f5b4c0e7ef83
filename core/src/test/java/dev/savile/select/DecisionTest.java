package dev.savile.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.engine.Rng;
import dev.savile.evaluate.statistics.ItemScores;
import dev.savile.evaluate.statistics.ItemsNeeded;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecisionTest {
    private static final double POINT = 0.01;

    @Test
    void cheaperArmShownGoodEnoughIsChosen() {
        Decision decision = decide(arm("lora", 150, 0, 900), arm("ia3", 10, 0, 900), baseline("zero-shot", 1, 0, 400));
        assertThat(decision.chosen()).isEqualTo("ia3");
        assertThat(decision.leader()).contains("ia3"); // equal means: the cheaper one leads
        Decision apart = decide(arm("lora", 150, 0, 901), arm("ia3", 10, 0, 900), baseline("zero-shot", 1, 0, 400));
        assertThat(apart.leader()).contains("lora");
        assertThat(apart.chosen()).isEqualTo("ia3");
        assertThat(apart.statuses()).containsExactly(DecisionStatus.RESOLVED_CHEAPER);
        assertThat(verdict(apart, "ia3")).isEqualTo(ArmVerdict.NON_INFERIOR);
        assertThat(verdict(apart, "zero-shot")).isEqualTo(ArmVerdict.WORSE);
        assertThat(apart.reason())
                .startsWith("ia3 is within 1 point of the best arm, lora (-0.1 points, 95% ")
                .endsWith("n 1000), and costs 15 times less");
    }

    @Test
    void clearWinnerIsChosenThoughCheaperOnesExist() {
        Decision decision = decide(arm("lora", 150, 0, 900), arm("ia3", 10, 0, 700), baseline("zero-shot", 1, 0, 400));
        assertThat(decision.chosen()).isEqualTo("lora");
        assertThat(decision.statuses()).containsExactly(DecisionStatus.RESOLVED_BEST);
        assertThat(decision.tied()).isEmpty();
        assertThat(decision.reason()).contains("every cheaper arm is worse by more than 1 point (nearest: ia3 -20.0");
    }

    @Test
    void openQuestionKeepsTheBestAndSaysWhatWouldSettleIt() {
        Decision decision = decide(arm("lora", 150, 0, 800), arm("ia3", 10, 50, 845), baseline("zero-shot", 1, 0, 400));
        assertThat(decision.chosen()).isEqualTo("lora");
        assertThat(decision.statuses()).containsExactly(DecisionStatus.UNRESOLVED);
        assertThat(decision.tied()).hasSize(1);
        assertThat(decision.tied().getFirst().needed()).isInstanceOf(ItemsNeeded.More.class);
        assertThat(verdict(decision, "ia3")).isEqualTo(ArmVerdict.CANNOT_TELL);
        assertThat(decision.reason())
                .startsWith(
                        "lora scores best, but 1000 items cannot show whether a cheaper arm is within 1 point of it: ia3")
                .contains("more items");
    }

    @Test
    void nothingThatBeatsTheBaselineMeansABaseline() {
        Decision decision = decide(
                arm("lora", 150, 0, 705),
                arm("ia3", 10, 5, 705),
                baseline("few-shot", 300, 0, 700),
                baseline("zero-shot", 20, 0, 400));
        assertThat(decision.chosen()).isEqualTo("few-shot");
        assertThat(decision.statuses()).containsExactly(DecisionStatus.RESOLVED_BEST, DecisionStatus.BASELINE);
        assertThat(decision.reason())
                .startsWith("no other arm is shown to beat the baseline few-shot (nearest: lora +0.5 points");
        assertThat(decision.standings()).hasSize(4);
    }

    @Test
    void baselineAloneIsChosen() {
        Decision decision = decide(baseline("majority", 0, 0, 200));
        assertThat(decision.chosen()).isEqualTo("majority");
        assertThat(decision.reason())
                .isEqualTo(
                        "there are only baselines to choose from; majority scores best, and no arm that was considered "
                                + "costs less");
    }

    @Test
    void armsThatBreakALimitAreNeverChosen() {
        Candidate slow =
                new Candidate("lora", false, 5, List.of(new Breach("request time p95 in ms", 412, 300)), right(0, 950));
        Decision decision = decide(slow, arm("ia3", 10, 0, 900), baseline("zero-shot", 1, 0, 400));
        assertThat(decision.chosen()).isEqualTo("ia3");
        assertThat(decision.standings().getFirst()).isInstanceOf(Standing.Dropped.class);
    }

    @Test
    void noFeasibleArmNamesTheNearestAndItsLimit() {
        Candidate slow =
                new Candidate("lora", false, 5, List.of(new Breach("request time p95 in ms", 412, 300)), right(0, 950));
        Candidate large =
                new Candidate("full", false, 5, List.of(new Breach("memory in MiB", 9000, 600)), right(0, 990));
        Decision decision = decide(large, slow);
        assertThat(decision.chosen()).isNull();
        assertThat(decision.leader()).isEmpty();
        assertThat(decision.statuses()).containsExactly(DecisionStatus.INFEASIBLE);
        assertThat(decision.reason())
                .isEqualTo("every arm breaks a limit; lora comes nearest (request time p95 in ms 412, allowed 300)");
    }

    @Test
    void withoutABaselineTheArmsAreComparedAmongThemselves() {
        Decision decision = decide(arm("lora", 150, 0, 900), arm("ia3", 10, 0, 700));
        assertThat(decision.chosen()).isEqualTo("lora");
    }

    @Test
    void scoresBetweenZeroAndOneAreDecidedByTheBootstrap() {
        double[] best = new double[400];
        double[] near = new double[400];
        for (int i = 0; i < 400; i++) {
            best[i] = i % 2 == 0 ? 1 : 0.75;
            near[i] = i % 40 == 0 ? best[i] - 0.05 : best[i];
        }
        List<Candidate> arms = List.of(
                Candidate.of("lora", false, 9, ItemScores.of(best)),
                Candidate.of("ia3", false, 3, ItemScores.of(near)));
        Decision decision = Decision.of(arms, POINT, 7);
        assertThat(decision.chosen()).isEqualTo("ia3");
        assertThat(decision).isEqualTo(Decision.of(arms, POINT, 7));
    }

    @Test
    void orderOfTheArmsDoesNotMatter() {
        Rng rng = Rng.of(5, "order");
        for (int round = 0; round < 100; round++) {
            List<Candidate> arms = new ArrayList<>();
            for (int i = 0; i < 5; i++)
                arms.add(Candidate.of("arm " + i, i < 2, 1 + rng.nextInt(3), random(rng, 200, 0.6 + 0.05 * i)));
            Decision there = Decision.of(arms, 0.05, 1);
            Collections.reverse(arms);
            Decision back = Decision.of(arms, 0.05, 1);
            assertThat(back.chosen()).isEqualTo(there.chosen());
            assertThat(back.statuses()).isEqualTo(there.statuses());
            assertThat(back.reason()).isEqualTo(there.reason());
        }
    }

    @Test
    void equalArmsSeldomPassForBetterThanTheBaseline() {
        Rng rng = Rng.of(6, "equal arms");
        int claims = 0;
        for (int study = 0; study < 400; study++) {
            List<Candidate> arms = new ArrayList<>();
            for (int i = 0; i < 6; i++) arms.add(Candidate.of("arm " + i, i == 0, 10 - i, random(rng, 200, 0.7)));
            Decision decision = Decision.of(arms, POINT, study);
            if (!decision.statuses().contains(DecisionStatus.BASELINE)) claims++;
            else assertThat(decision.chosen()).isEqualTo("arm 0");
        }
        assertThat(claims / 400.0).isLessThan(0.06);
    }

    @Test
    void choiceIsNeverAnArmThatWasRuledOut() {
        Rng rng = Rng.of(8, "ruled out");
        for (int study = 0; study < 200; study++) {
            List<Candidate> arms = new ArrayList<>();
            for (int i = 0; i < 5; i++)
                arms.add(Candidate.of("arm " + i, i == 0, 1 + rng.nextInt(9), random(rng, 300, 0.5 + 0.08 * i)));
            Decision decision = Decision.of(arms, 0.02, study);
            for (Standing standing : decision.standings()) {
                if (standing instanceof Standing.Compared compared
                        && compared.arm().equals(decision.chosen())) {
                    assertThat(compared.accepted()).isTrue();
                    assertThat(compared.ruledOut()).isFalse();
                    assertThat(compared.cheaper()).isTrue();
                }
            }
        }
    }

    @Test
    void unequalItemsAndEqualNamesAreRefused() {
        assertThatThrownBy(() -> decide(arm("a", 1, 0, 5), arm("a", 2, 0, 5))).hasMessageContaining("same name");
        assertThatThrownBy(() -> Decision.of(
                        List.of(arm("a", 1, 0, 5), Candidate.of("b", false, 1, ItemScores.of(1.0, 0.0))), POINT, 1))
                .hasMessageContaining("same items");
        assertThatThrownBy(() -> arm("a", Double.NaN, 0, 5)).hasMessageContaining("cost");
        assertThatThrownBy(() -> new Breach("memory", 1, 2)).hasMessageContaining("not broken");
    }

    private static ArmVerdict verdict(Decision decision, String arm) {
        return decision.standings().stream()
                .filter(standing -> standing.arm().equals(arm))
                .map(standing -> ((Standing.Compared) standing).verdict())
                .findFirst()
                .orElseThrow();
    }

    private static Decision decide(Candidate... arms) {
        return Decision.of(List.of(arms), POINT, 1);
    }

    private static Candidate arm(String name, double cost, int from, int to) {
        return Candidate.of(name, false, cost, right(from, to));
    }

    private static Candidate baseline(String name, double cost, int from, int to) {
        return Candidate.of(name, true, cost, right(from, to));
    }

    private static ItemScores right(int from, int to) {
        boolean[] correct = new boolean[1000];
        for (int i = from; i < to; i++) correct[i] = true;
        return ItemScores.of(correct);
    }

    private static ItemScores random(Rng rng, int items, double accuracy) {
        boolean[] correct = new boolean[items];
        for (int i = 0; i < items; i++) correct[i] = rng.nextDouble() < accuracy;
        return ItemScores.of(correct);
    }
}
