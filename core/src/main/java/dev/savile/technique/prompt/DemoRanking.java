package dev.savile.technique.prompt;

import dev.savile.data.LabelledRow;
import dev.savile.engine.Rng;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/// Rank the examples of a pool for a message. A ranking sees candidates only: what may not be an example is taken out
/// before it is asked.
@FunctionalInterface
interface DemoRanking {
    /// Return the numbers of at most `count` candidates, best first.
    ///
    /// @param seed of the rankings that draw
    List<Integer> rank(String message, BitSet candidates, int count, long seed);

    /// Build the ranking of a strategy over a pool, its index included.
    ///
    /// @throws dev.savile.common.UserError `prompt.embedder` when the strategy needs one and none is there
    static DemoRanking of(DemoStrategy strategy, List<LabelledRow> pool, TextEmbedder embedder) {
        List<String> texts = pool.stream().map(LabelledRow::text).toList();
        List<String> labels = pool.stream().map(LabelledRow::label).toList();
        return switch (strategy) {
            case NONE -> (message, candidates, count, seed) -> List.of();
            case FIXED ->
                (message, candidates, count, seed) ->
                        candidates.stream().limit(count).boxed().toList();
            case RANDOM -> drawn(seed -> order(pool.size(), seed));
            case LABEL_BALANCED ->
                drawn(seed -> LabelTurns.commonestFirst(labels, order(pool.size(), seed), pool.size()));
            case BM25 -> {
                var index = new Bm25(texts);
                yield (message, candidates, count, seed) -> index.best(message, candidates, count);
            }
            case BM25_BALANCED -> {
                var index = new Bm25(texts);
                yield (message, candidates, count, seed) ->
                        LabelTurns.overRanking(labels, index.best(message, candidates, pool.size()), count);
            }
            case EMBED_KNN -> {
                var index = new EmbeddingIndex(vectors(embedder, texts));
                yield (message, candidates, count, seed) ->
                        index.nearest(vectors(embedder, List.of(message))[0], candidates, count);
            }
            case MMR -> {
                var index = new EmbeddingIndex(vectors(embedder, texts));
                yield (message, candidates, count, seed) -> {
                    double[] relevance = index.similarities(vectors(embedder, List.of(message))[0]);
                    List<Integer> fetched =
                            Ranking.best(relevance, candidates, Math.max(count, MaximalMarginalRelevance.FETCH));
                    return MaximalMarginalRelevance.select(
                            relevance, fetched, index::similarity, MaximalMarginalRelevance.LAMBDA, count);
                };
            }
        };
    }

    /// The order in which a strategy that draws would take the whole pool. It is drawn before the message is known, so
    /// leaving one example out moves the next one up and changes nothing else.
    private static DemoRanking drawn(LongFunction<List<Integer>> draw) {
        Map<Long, List<Integer>> orders = new ConcurrentHashMap<>();
        return (message, candidates, count, seed) -> orders.computeIfAbsent(seed, draw::apply).stream()
                .filter(candidates::get)
                .limit(count)
                .toList();
    }

    private static List<Integer> order(int size, long seed) {
        return IntStream.of(Rng.of(seed, "demos").permutation(size)).boxed().toList();
    }

    private static float[][] vectors(TextEmbedder embedder, List<String> texts) {
        float[][] vectors = embedder.embed(texts);
        if (vectors.length != texts.size())
            throw new IllegalStateException(
                    "the embedder gave " + vectors.length + " vectors for " + texts.size() + " texts");
        return vectors;
    }
}
