package dev.savile.technique.prompt;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.Arrays;
import java.util.List;

/// How worked examples are chosen.
public enum DemoStrategy {
    /// None at all.
    NONE("none"),
    /// The first ones of the pool in its order, the same examples for every message; the others stand in for one that
    /// must not be used.
    FIXED("fixed"),
    /// A seeded draw, the same examples for every message: the beginning of the prompt is shared.
    RANDOM("random"),
    /// A seeded draw in which labels take turns, the most frequent first; the same examples for every message.
    LABEL_BALANCED("label_balanced"),
    /// The examples nearest to the message by [Bm25].
    BM25("bm25"),
    /// The nearest examples, labels taking turns in the order of their best one.
    BM25_BALANCED("bm25_balanced"),
    /// The examples nearest to the message by the vectors of a [TextEmbedder].
    EMBED_KNN("embed_knn"),
    /// Examples near to the message by their vectors, but not to each other: [MaximalMarginalRelevance].
    MMR("mmr");

    private final String id;

    DemoStrategy(String id) {
        this.id = id;
    }

    /// The name in files and options.
    public String id() {
        return id;
    }

    /// Whether every message gets the same examples.
    public boolean fixed() {
        return switch (this) {
            case NONE, FIXED, RANDOM, LABEL_BALANCED -> true;
            case BM25, BM25_BALANCED, EMBED_KNN, MMR -> false;
        };
    }

    /// Whether a [TextEmbedder] is needed.
    public boolean embeds() {
        return this == EMBED_KNN || this == MMR;
    }

    /// @throws UserError `prompt.strategy` naming the ones there are
    public static DemoStrategy of(String id) {
        for (DemoStrategy strategy : values()) if (strategy.id.equals(id)) return strategy;
        List<String> known = Arrays.stream(values()).map(DemoStrategy::id).toList();
        throw new UserError(
                "prompt.strategy",
                "'" + id + "' is no way to choose examples",
                "the prompt would stand without its examples",
                Nearest.hint(id, known) + "known are: " + String.join(", ", known));
    }
}
