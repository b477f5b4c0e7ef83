package dev.savile.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final float[] LOGITS = {0f, 2f, -1f, 1f, 2f};

    @Test
    void temperatureZeroTakesTheLikeliestAndTheLowestIdAmongEquals() {
        assertThat(new Sampler(Sampling.GREEDY, DrawKey.SINGLE).next(LOGITS)).isEqualTo(1);
    }

    @Test
    void penaltyDividesPositiveAndMultipliesNegativeLogitsOfPresentTokens() {
        var sampling = Sampling.GREEDY.withRepetitionPenalty(2);
        assertThat(new Sampler(sampling, DrawKey.SINGLE, 1).next(LOGITS)).isEqualTo(4);
        float[] negative = {-3f, -2f, -3.5f};
        assertThat(new Sampler(sampling, DrawKey.SINGLE, 1).next(negative)).isEqualTo(0); // -2 became -4
        float[] close = {1.1f, 2f};
        assertThat(new Sampler(sampling, DrawKey.SINGLE, 1, 1).next(close)).isEqualTo(0); // once, however often present
    }

    @Test
    void penaltyCountsWhatTheRowWroteItself() {
        var sampler = new Sampler(Sampling.GREEDY.withRepetitionPenalty(1.5), DrawKey.SINGLE);
        assertThat(new int[] {sampler.next(LOGITS), sampler.next(LOGITS), sampler.next(LOGITS)})
                .containsExactly(1, 4, 1);
    }

    @Test
    void drawsFollowTheDistributionAtTheTemperature() {
        for (double temperature : new double[] {0.5, 1, 2}) {
            double[] expected = new double[LOGITS.length];
            for (int i = 0; i < expected.length; i++) expected[i] = Math.exp(LOGITS[i] / temperature);
            double total = Arrays.stream(expected).sum();
            int draws = 40_000;
            int[] counts = new int[LOGITS.length];
            var sampler = new Sampler(Sampling.at(temperature, 7), DrawKey.SINGLE);
            for (int i = 0; i < draws; i++) counts[sampler.next(LOGITS)]++;
            for (int i = 0; i < counts.length; i++)
                assertThat(counts[i] / (double) draws).isCloseTo(expected[i] / total, within(0.012));
        }
    }

    @Test
    void sameKeySameTokensAndOtherKeysOthers() {
        assertThat(drawn(3, DrawKey.SINGLE)).isEqualTo(drawn(3, DrawKey.SINGLE));
        assertThat(drawn(4, DrawKey.SINGLE)).isNotEqualTo(drawn(3, DrawKey.SINGLE));
        assertThat(drawn(3, new DrawKey("", "", 1))).isNotEqualTo(drawn(3, DrawKey.SINGLE));
        assertThat(drawn(3, new DrawKey("", "a", 0))).isNotEqualTo(drawn(3, new DrawKey("a", "", 0)));
    }

    private static int[] drawn(long seed, DrawKey key) {
        var sampler = new Sampler(Sampling.at(1, seed), key);
        int[] ids = new int[40];
        for (int i = 0; i < ids.length; i++) ids[i] = sampler.next(LOGITS);
        return ids;
    }

    @Test
    void topKKeepsTheLikeliestAndTheirEquals() {
        assertThat(kept(LOGITS, c -> c.keepTop(1))).containsExactly(1, 4);
        assertThat(kept(LOGITS, c -> c.keepTop(3))).containsExactly(1, 3, 4);
        assertThat(kept(LOGITS, c -> c.keepTop(9))).hasSize(5);
    }

    @Test
    void topPKeepsTheSmallestSufficientSet() {
        float[] logits = logOf(0.1, 0.4, 0.05, 0.25, 0.2);
        assertThat(kept(logits, c -> c.keepShare(0.39))).containsExactly(1);
        assertThat(kept(logits, c -> c.keepShare(0.6))).containsExactly(1, 3);
        assertThat(kept(logits, c -> c.keepShare(0.66))).containsExactly(1, 3, 4);
        assertThat(kept(logits, c -> c.keepShare(0.001))).containsExactly(1);
        assertThat(kept(logOf(0.25, 0.25, 0.25, 0.25), c -> c.keepShare(0.4))).containsExactly(0, 1);
    }

    @Test
    void minPKeepsWhatIsLikelyEnoughBesideTheLikeliest() {
        float[] logits = logOf(0.1, 0.4, 0.05, 0.25, 0.2);
        assertThat(kept(logits, c -> c.keepFrom(0.3))).containsExactly(1, 3, 4);
        assertThat(kept(logits, c -> c.keepFrom(1))).containsExactly(1);
    }

    @Test
    void quickChoicesEqualPlainSorting() {
        Rng rng = Rng.of(5, "candidates");
        for (int round = 0; round < 60; round++) {
            float[] logits = new float[1 + rng.nextInt(400)];
            for (int i = 0; i < logits.length; i++) logits[i] = (float) (3 * rng.nextGaussian());
            double[] weights = new double[logits.length];
            for (int i = 0; i < weights.length; i++) weights[i] = Math.exp(logits[i]);
            Integer[] order = new Integer[weights.length];
            for (int i = 0; i < order.length; i++) order[i] = i;
            Arrays.sort(order, (a, b) -> Double.compare(weights[b], weights[a]));
            double share = 0.01 + 0.98 * rng.nextDouble();
            double total = Arrays.stream(weights).sum();
            int needed = 0;
            for (double sum = 0; sum < share * total; needed++) sum += weights[order[needed]];
            assertThat(kept(logits, c -> c.keepShare(share))).isEqualTo(first(order, needed));
            int k = 1 + rng.nextInt(logits.length);
            assertThat(kept(logits, c -> c.keepTop(k))).isEqualTo(first(order, k));
        }
    }

    @Test
    void filtersWorkTogetherInTheirOrder() {
        float[] logits = logOf(0.4, 0.3, 0.2, 0.1);
        // of the three likeliest, 0.4 and 0.3 are 78 %, which 0.75 needs; without top-k 0.75 would need three
        assertThat(kept(logits, c -> {
                    c.keepTop(3);
                    c.keepShare(0.75);
                }))
                .containsExactly(0, 1);
        var sampler = new Sampler(Sampling.at(1, 1).withTopK(3).withTopP(0.75).withMinP(0.8), DrawKey.SINGLE);
        for (int i = 0; i < 50; i++) assertThat(sampler.next(logits)).isZero();
    }

    @Test
    void whatIsForbiddenIsNoCandidate() {
        float forbidden = Float.NEGATIVE_INFINITY;
        float[] logits = {forbidden, 1f, forbidden, 0f, forbidden};
        assertThat(kept(logits, c -> {})).containsExactly(1, 3);
        assertThat(kept(logits, c -> c.keepTop(4))).containsExactly(1, 3);
        assertThat(kept(logits, c -> c.keepShare(0.999))).containsExactly(1, 3);
        double[] scores = {1, 0, Double.NEGATIVE_INFINITY};
        assertThat(new Candidates(scores, 1).pick(Math.nextDown(1.0))).isEqualTo(1); // not the last id
    }

    @Test
    void nonsenseFromTheModelIsNotSampled() {
        for (Sampling sampling : new Sampling[] {Sampling.GREEDY, Sampling.at(1, 1)}) {
            var sampler = new Sampler(sampling, DrawKey.SINGLE);
            assertThatThrownBy(() -> sampler.next(new float[] {1, Float.NaN}))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> sampler.next(new float[] {1, Float.POSITIVE_INFINITY}))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(sampler.next(new float[] {Float.NEGATIVE_INFINITY, 1})).isEqualTo(1);
        }
    }

    private static float[] logOf(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) logits[i] = (float) Math.log(probabilities[i]);
        return logits;
    }

    private static int[] kept(float[] logits, java.util.function.Consumer<Candidates> filter) {
        double[] scores = new double[logits.length];
        for (int i = 0; i < scores.length; i++) scores[i] = logits[i];
        var candidates = new Candidates(scores, 1);
        filter.accept(candidates);
        return candidates.ids();
    }

    private static int[] first(Integer[] order, int count) {
        return Arrays.stream(order).limit(count).mapToInt(i -> i).sorted().toArray();
    }
}
