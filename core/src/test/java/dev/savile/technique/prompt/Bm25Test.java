package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.engine.Rng;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class Bm25Test {
    private static JsonNode golden(String name) {
        Path shared =
                Path.of(System.getProperty("savile.root", "."), "..", "shared").normalize();
        Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared");
        return Json.tree(shared.resolve("golden2/bm25").resolve(name));
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : list) texts.add(text.asString());
        return texts;
    }

    private static List<Integer> numbers(JsonNode list) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode number : list) numbers.add(number.asInt());
        return numbers;
    }

    private static BitSet all(int size) {
        var all = new BitSet();
        all.set(0, size);
        return all;
    }

    @Test
    void handComputedScoresAreMet() {
        var index = new Bm25(List.of("card not working", "new card arrived late", "refund not received"));
        assertThat(index.scores("card not received")).containsExactly(new double[] {.4455, .1975, .6876}, within(5e-5));
    }

    @Test
    void wordsScoresAndOrdersEqualTheReference() {
        JsonNode golden = golden("bm25.json");
        List<String> documents = texts(golden.get("documents"));
        var index = new Bm25(documents);
        for (int i = 0; i < documents.size(); i++)
            assertThat(Bm25.words(documents.get(i)))
                    .isEqualTo(texts(golden.get("document_tokens").get(i)));
        for (JsonNode query : golden.get("queries")) {
            String text = query.get("query").asString();
            double[] scores = index.scores(text);
            for (int i = 0; i < scores.length; i++)
                assertThat(scores[i]).isCloseTo(query.get("scores").get(i).asDouble(), within(1e-9));
            List<Integer> expected = numbers(query.get("order"));
            assertThat(index.best(text, all(documents.size()), expected.size())).isEqualTo(expected);
        }
    }

    @Test
    void labelsTakeTurnsLikeTheReference() {
        for (JsonNode given : golden("balanced.json").get("cases")) {
            JsonNode scores = given.get("input").get("scores");
            List<Integer> ranking = IntStream.range(0, scores.size())
                    .boxed()
                    .sorted((a, b) -> Double.compare(
                            scores.get(b).asDouble(), scores.get(a).asDouble()))
                    .toList();
            assertThat(LabelTurns.overRanking(
                            texts(given.get("input").get("labels")),
                            ranking,
                            given.get("input").get("k").asInt()))
                    .isEqualTo(numbers(given.get("expected").get("order")));
        }
    }

    @Test
    void theBestOfSomeEqualTheStartOfAFullSort() {
        var rng = Rng.of(2, "texts");
        List<String> texts =
                IntStream.range(0, 200).mapToObj(i -> sentence(rng, 6, 40)).toList();
        var index = new Bm25(texts);
        for (int round = 0; round < 50; round++) {
            String query = sentence(rng, 4, 40);
            var candidates = new BitSet();
            for (int i = 0; i < 200; i++) candidates.set(i, rng.nextInt(3) > 0);
            double[] scores = index.scores(query);
            List<Integer> sorted = candidates.stream()
                    .boxed()
                    .sorted((a, b) -> Double.compare(scores[b], scores[a]))
                    .toList();
            assertThat(index.best(query, candidates, 7)).isEqualTo(sorted.subList(0, 7));
            assertThat(index.best(query, candidates, 500)).isEqualTo(sorted);
        }
    }

    @Test
    void aQueryOverTwoThousandTextsTakesFarLessThanAMillisecond() {
        var rng = Rng.of(1, "texts");
        List<String> texts =
                IntStream.range(0, 2000).mapToObj(i -> sentence(rng, 12, 3000)).toList();
        var index = new Bm25(texts);
        List<String> queries =
                IntStream.range(0, 2000).mapToObj(i -> sentence(rng, 12, 3000)).toList();
        BitSet candidates = all(2000);
        for (String query : queries)
            assertThat(index.best(query, candidates, 8)).hasSize(8);
        long start = System.nanoTime();
        long sum = 0;
        for (String query : queries) sum += index.best(query, candidates, 8).getFirst();
        double milliseconds = (System.nanoTime() - start) / 1e6 / queries.size();
        assertThat(sum).isPositive();
        assertThat(milliseconds).isLessThan(1); // about 0.02 on an idle machine
    }

    private static String sentence(Rng rng, int words, int vocabulary) {
        var text = new StringBuilder();
        for (int w = 0; w < words; w++)
            text.append("w").append(rng.nextInt(vocabulary)).append(' ');
        return text.toString();
    }
}
