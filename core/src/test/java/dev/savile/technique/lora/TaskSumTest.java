package dev.savile.technique.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.technique.lora.TaskSum.Keep;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Sums worked out by hand.
class TaskSumTest {
    private static double[] sum(TaskSum rule, List<Double> weights, double[]... tensors) {
        return EngineThread.call(() -> {
            try (var scope = Scope.open()) {
                List<Tensor> given = Arrays.stream(tensors)
                        .map(values -> Tensors.of(values, 2, values.length / 2))
                        .toList();
                double[] sum = rule.of(given, weights, "test").toDoubles();
                return Arrays.stream(sum).map(value -> value + 0.0).toArray(); // no negative zeros
            }
        });
    }

    @Test
    void allValuesAreAddedUpByTheirWeights() {
        var rule = new TaskSum(Keep.ALL, false, 0.5, 1);
        double[] sum = sum(rule, List.of(2.0, -1.0), new double[] {1, 2, -3, 0}, new double[] {5, 0, 1, -4});
        assertThat(sum).containsExactly(-3, 4, -7, 4);
    }

    @Test
    void theLargestValuesAreKeptWhateverTheirSign() {
        var rule = new TaskSum(Keep.LARGEST, false, 0.5, 1);
        assertThat(sum(rule, List.of(1.0), new double[] {1, -5, 2, -3})).containsExactly(0, -5, 0, -3);
    }

    @Test
    void equalValuesAreKeptTogetherAndOneAlways() {
        var rule = new TaskSum(Keep.LARGEST, false, 0.5, 1);
        assertThat(sum(rule, List.of(1.0), new double[] {2, -2, 4, 2})).containsExactly(2, -2, 4, 2);
        var least = new TaskSum(Keep.LARGEST, false, 0.1, 1);
        assertThat(sum(least, List.of(1.0), new double[] {1, -5, 2, -3})).containsExactly(0, -5, 0, 0);
    }

    /// Columns: all agree; one is outvoted by size; a zero has no vote and no share; the sum is zero, so plus counts.
    @Test
    void valuesOfTheOtherSignAreLeftOutOfTheMean() {
        var rule = new TaskSum(Keep.LARGEST, true, 1, 1);
        double[] sum = sum(rule, List.of(1.0, 0.5), new double[] {1, -4, 0, 3}, new double[] {2, 1, 6, -3});
        assertThat(sum).containsExactly(1.0, -4.0, 3.0, 3.0);
    }

    /// The election hears both as they are; the weight then turns the second.
    @Test
    void aNegativeWeightDoesNotTurnTheVote() {
        var rule = new TaskSum(Keep.LARGEST, true, 1, 1);
        double[] sum = sum(rule, List.of(1.0, -0.5), new double[] {1, -1, 4, 1}, new double[] {3, 2, -1, 1});
        double[] expected = {(1 - 1.5) / 2, -1, 4, (1 - 0.5) / 2};
        for (int i = 0; i < expected.length; i++) assertThat(sum[i]).isCloseTo(expected[i], within(1e-12));
    }

    @Test
    void whatChanceKeepsIsScaledUpAndEachNameHasItsOwnDraws() {
        var rule = new TaskSum(Keep.RANDOM, false, 0.25, 7);
        double[] ones = new double[4000];
        Arrays.fill(ones, 1);
        double[] sum = sum(rule, List.of(1.0), ones);
        assertThat(Arrays.stream(sum).distinct().sorted().toArray()).containsExactly(0, 4);
        assertThat(Arrays.stream(sum).average().orElseThrow()).isCloseTo(1, within(0.14)); // 5 deviations
        double[] two = sum(rule, List.of(1.0, 1.0), ones, ones);
        assertThat(two).contains(0, 4, 8); // two tensors of one sum are not dropped alike
    }
}
