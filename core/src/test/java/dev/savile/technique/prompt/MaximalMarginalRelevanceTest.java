package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.testing.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class MaximalMarginalRelevanceTest {
    @Test
    void selectionsEqualTheReference() {
        JsonNode golden = Json.tree(Golden.shared().resolve("golden2/bm25/mmr.json"));
        assertThat(golden.get("cases").size()).isPositive();
        for (JsonNode one : golden.get("cases")) {
            JsonNode input = one.get("input");
            double[] query = numbers(input.get("query"));
            List<double[]> documents = new ArrayList<>();
            for (JsonNode document : input.get("documents")) documents.add(numbers(document));
            double[] relevance =
                    documents.stream().mapToDouble(d -> cosine(query, d)).toArray();
            assertThat(relevance).containsExactly(numbers(one.get("expected").get("relevance")), within(1e-9));
            List<Integer> chosen = MaximalMarginalRelevance.select(
                    relevance,
                    IntStream.range(0, relevance.length).boxed().toList(),
                    (i, j) -> cosine(documents.get(i), documents.get(j)),
                    input.get("lambda").asDouble(),
                    input.get("k").asInt());
            assertThat(chosen)
                    .isEqualTo(one.get("expected").get("order").values().stream()
                            .map(JsonNode::asInt)
                            .toList());
        }
    }

    @Test
    void aRepeatOfAChosenExampleComesLast() {
        double[] relevance = {0.9, 0.9, 0.3};
        MaximalMarginalRelevance.Similarity similarity = (i, j) -> i + j == 1 ? 1 : 0;
        assertThat(MaximalMarginalRelevance.select(relevance, List.of(1, 0, 2), similarity, 0.5, 3))
                .containsExactly(0, 2, 1);
        assertThat(MaximalMarginalRelevance.select(relevance, List.of(1, 0, 2), similarity, 1, 3))
                .containsExactly(0, 1, 2);
        assertThat(MaximalMarginalRelevance.select(relevance, List.of(2), similarity, 0.5, 3))
                .containsExactly(2);
        assertThatThrownBy(() -> MaximalMarginalRelevance.select(relevance, List.of(0), similarity, 1.5, 1))
                .hasMessageContaining("1.5");
    }

    private static double[] numbers(JsonNode list) {
        return list.values().stream().mapToDouble(JsonNode::asDouble).toArray();
    }

    private static double cosine(double[] a, double[] b) {
        double product = 0;
        double left = 0;
        double right = 0;
        for (int k = 0; k < a.length; k++) {
            product += a[k] * b[k];
            left += a[k] * a[k];
            right += b[k] * b[k];
        }
        return product / Math.sqrt(left * right);
    }
}
