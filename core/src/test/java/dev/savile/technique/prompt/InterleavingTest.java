package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterleavingTest {
    private static String interleaved(String labels) {
        List<String> list = list(labels);
        var text = new StringBuilder();
        for (int i : Interleaving.of(list)) text.append(list.get(i));
        return text.toString();
    }

    private static List<String> list(String labels) {
        return labels.chars().mapToObj(c -> String.valueOf((char) c)).toList();
    }

    @ParameterizedTest
    @CsvSource({"aabb,abab", "abab,abab", "aaab,aaba", "abbb,babb", "abc,abc", "aabbc,ababc", "abbbb,babbb", "a,a"})
    void neighboursDifferAndTheBestComeFirst(String labels, String expected) {
        assertThat(interleaved(labels)).isEqualTo(expected);
    }

    @Test
    void nothingIsLostAndEqualLabelsKeepTheirRank() {
        assertThat(Interleaving.of(list("aabba"))).containsExactly(0, 2, 1, 3, 4);
        assertThat(Interleaving.of(List.of())).isEmpty();
    }

    /// Against all orders there are.
    @Test
    void noOrderHasFewerEqualNeighbours() {
        var rng = Rng.of(6, "labels");
        for (int round = 0; round < 300; round++) {
            int size = 1 + rng.nextInt(7);
            int kinds = 1 + rng.nextInt(4);
            var labels = new StringBuilder();
            for (int i = 0; i < size; i++) labels.append((char) ('a' + rng.nextInt(kinds)));
            List<String> list = list(labels.toString());
            List<Integer> order = Interleaving.of(list);
            assertThat(order)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, size).boxed().toList());
            assertThat(equalNeighbours(list, order)).as("%s", labels).isEqualTo(fewest(list, new ArrayList<>()));
        }
    }

    private static int equalNeighbours(List<String> labels, List<Integer> order) {
        return (int) IntStream.range(1, order.size())
                .filter(i -> labels.get(order.get(i)).equals(labels.get(order.get(i - 1))))
                .count();
    }

    private static int fewest(List<String> labels, List<Integer> order) {
        if (order.size() == labels.size()) return equalNeighbours(labels, order);
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < labels.size(); i++) {
            if (order.contains(i)) continue;
            order.add(i);
            fewest = Math.min(fewest, fewest(labels, order));
            order.removeLast();
        }
        return fewest;
    }
}
