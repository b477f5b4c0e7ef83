package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EntropyProbeTest {
    private static final List<double[]> SURE = List.of(new double[] {1, 0}, new double[] {0, 1});
    private static final List<double[]> ONE_SIDED = List.of(new double[] {.6, .4}, new double[] {.6, .4});

    @Test
    void globalEntropyLooksAtPredictionsAndLocalAtProbabilities() {
        assertThat(EntropyProbe.entropy(EntropyProbe.Criterion.GLOBAL, SURE)).isCloseTo(Math.log(2), within(1e-12));
        assertThat(EntropyProbe.entropy(EntropyProbe.Criterion.LOCAL, SURE)).isZero();
        assertThat(EntropyProbe.entropy(EntropyProbe.Criterion.GLOBAL, ONE_SIDED))
                .isZero();
        // -.6 ln .6 - .4 ln .4
        assertThat(EntropyProbe.entropy(EntropyProbe.Criterion.LOCAL, ONE_SIDED))
                .isCloseTo(0.6730117, within(1e-7));
        List<double[]> three = List.of(new double[] {.5, .3, .2}, new double[] {.1, .8, .1}, new double[] {.4, .4, .2});
        // two of the first label (a tie goes to the earlier), one of the second
        assertThat(EntropyProbe.entropy(EntropyProbe.Criterion.GLOBAL, three)).isCloseTo(0.6365142, within(1e-7));
    }

    @Test
    void theOrderWithTheMostEvenAnswersIsKept() {
        var found = EntropyProbe.best(
                        4,
                        1,
                        EntropyProbe.Criterion.GLOBAL,
                        order -> Optional.of(order.equals(List.of(2, 0, 3, 1)) ? SURE : ONE_SIDED))
                .orElseThrow();
        assertThat(found.order()).containsExactly(2, 0, 3, 1);
        assertThat(found.entropy()).isCloseTo(Math.log(2), within(1e-12));
    }

    @Test
    void onATieTheGivenOrderStays() {
        assertThat(EntropyProbe.best(3, 1, EntropyProbe.Criterion.LOCAL, order -> Optional.of(ONE_SIDED))
                        .orElseThrow()
                        .order())
                .containsExactly(0, 1, 2);
    }

    @Test
    void fewExamplesAreTriedInAllOrdersAndManyInDrawnOnes() {
        for (int[] size : new int[][] {{0, 1}, {1, 1}, {2, 2}, {3, 6}, {4, 24}, {5, 24}, {16, 24}}) {
            List<List<Integer>> tried = new ArrayList<>();
            EntropyProbe.best(size[0], 7, EntropyProbe.Criterion.GLOBAL, order -> {
                tried.add(order);
                return Optional.of(SURE);
            });
            assertThat(EntropyProbe.tried(size[0])).isEqualTo(size[1]);
            assertThat(new LinkedHashSet<>(tried)).hasSize(size[1]).hasSameSizeAs(tried);
            for (List<Integer> order : tried)
                assertThat(order).doesNotHaveDuplicates().hasSize(size[0]);
        }
        assertThat(EntropyProbe.orders(6, 1))
                .isEqualTo(EntropyProbe.orders(6, 1))
                .isNotEqualTo(EntropyProbe.orders(6, 2));
    }

    @Test
    void aProbeWithoutMessagesIsRefused() {
        assertThatThrownBy(
                        () -> EntropyProbe.best(2, 1, EntropyProbe.Criterion.GLOBAL, order -> Optional.of(List.of())))
                .hasMessageContaining("at least one message");
    }
}
