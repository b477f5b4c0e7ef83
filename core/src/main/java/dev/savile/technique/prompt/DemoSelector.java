package dev.savile.technique.prompt;

import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import dev.savile.data.Normalised;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// Choose the worked examples for a message.
///
/// A message is never its own example: examples with its id, its group or its normalised text are taken out before
/// any strategy ranks, and the result is checked again; there is no other way to examples. Ties go to the example
/// that stands first in the pool.
public final class DemoSelector {
    private final List<LabelledRow> pool;
    private final List<String> normalised;
    private final int[] groups;
    private final DemoStrategy strategy;
    private final DemoOrder order;
    private final DemoRanking ranking;
    private final PromptBundle.Demos asked;

    /// Examples chosen for a message.
    ///
    /// @param demos  as they are to stand
    /// @param ranks  place of each among those chosen, 0 for the best
    /// @param wanted how many were asked for, of which some may be too near to the message
    public record Chosen(List<Demo> demos, List<Integer> ranks, int wanted) {
        public Chosen {
            demos = List.copyOf(demos);
            ranks = List.copyOf(ranks);
        }

        /// Examples of which the last fits best.
        public static Chosen lastBest(List<Demo> demos) {
            return new Chosen(
                    demos,
                    IntStream.range(0, demos.size())
                            .mapToObj(i -> demos.size() - 1 - i)
                            .toList(),
                    demos.size());
        }

        /// Return the same without the one that fits least.
        Chosen withoutWorst() {
            int worst = ranks.indexOf(Collections.max(ranks));
            List<Demo> kept = new ArrayList<>();
            List<Integer> left = new ArrayList<>();
            for (int i = 0; i < demos.size(); i++) {
                if (i == worst) continue;
                kept.add(demos.get(i));
                left.add(ranks.get(i));
            }
            return new Chosen(kept, left, wanted);
        }
    }

    private DemoSelector(
            List<LabelledRow> pool,
            Groups groups,
            DemoStrategy strategy,
            DemoOrder order,
            TextEmbedder embedder,
            PromptBundle.Demos asked) {
        this.pool = List.copyOf(pool);
        this.normalised = pool.stream().map(row -> Normalised.of(row.text())).toList();
        this.groups = pool.stream().mapToInt(groups::of).toArray();
        this.strategy = strategy;
        this.order = order;
        this.asked = asked;
        this.ranking = DemoRanking.of(strategy, this.pool, embedder);
    }

    /// Choose from rows of TRAIN; the index is built here, once.
    ///
    /// @throws dev.savile.common.UserError `prompt.embedder` when the strategy needs one
    public static DemoSelector over(List<LabelledRow> pool, Groups groups, DemoStrategy strategy, DemoOrder order) {
        return over(pool, groups, strategy, order, TextEmbedder.NONE);
    }

    /// Choose from rows of TRAIN, by their vectors where the strategy asks for them.
    public static DemoSelector over(
            List<LabelledRow> pool, Groups groups, DemoStrategy strategy, DemoOrder order, TextEmbedder embedder) {
        return new DemoSelector(pool, groups, strategy, order, embedder, PromptBundle.Demos.none());
    }

    /// Choose from the examples that a bundle carries, as it says.
    ///
    /// @throws dev.savile.common.UserError `prompt.strategy`, `prompt.embedder`
    public DemoSelector(PromptBundle bundle) {
        this(bundle, TextEmbedder.NONE);
    }

    /// Choose from the examples that a bundle carries, by their vectors where it asks for them.
    ///
    /// @param embedder the base model's, used unless the bundle names another encoder
    /// @throws dev.savile.common.UserError also `prompt.encoder`
    public DemoSelector(PromptBundle bundle, TextEmbedder embedder) {
        this(bundle, embedder, rows(bundle), Groups.none());
    }

    /// Choose from the examples that a bundle carries, of which it is known which rows they are.
    ///
    /// @param rows   one for each example, in their order; with ids that no message has where they are no rows
    /// @param groups of the rows
    public DemoSelector(PromptBundle bundle, TextEmbedder embedder, List<LabelledRow> rows, Groups groups) {
        this(
                rows,
                groups,
                DemoStrategy.of(bundle.demos().strategy()),
                bundle.demos().order(),
                embedder(bundle.demos(), embedder),
                bundle.demos());
    }

    private static TextEmbedder embedder(PromptBundle.Demos demos, TextEmbedder base) {
        boolean other =
                DemoStrategy.of(demos.strategy()).embeds() && !demos.encoder().isEmpty();
        return other ? SentenceEncoders.of(demos.encoder()) : base;
    }

    /// Return at most `count` examples in the selector's order.
    ///
    /// @param seed of strategies and orders that draw; one seed gives all messages the same draws
    public List<LabelledRow> select(QueryItem query, int count, long seed) {
        List<Integer> ranked = ranked(query, count, seed);
        return ordered(ranked, seed).stream()
                .map(place -> pool.get(ranked.get(place)))
                .toList();
    }

    /// Return the numbers of the examples, the best first.
    private List<Integer> ranked(QueryItem query, int count, long seed) {
        String text = Normalised.of(query.text());
        var candidates = new BitSet(pool.size());
        for (int i = 0; i < pool.size(); i++) candidates.set(i, !isSame(query, text, i));
        List<Integer> ranked = count < 1 ? List.of() : ranking.rank(query.text(), candidates, count, seed);
        for (int i : ranked)
            if (isSame(query, text, i))
                throw new IllegalStateException("row " + pool.get(i).id() + " was about to become its own example");
        return ranked;
    }

    /// Return ranks in the order in which their examples are to stand.
    private List<Integer> ordered(List<Integer> ranked, long seed) {
        List<Integer> ranks = IntStream.range(0, ranked.size()).boxed().toList();
        return switch (order) {
            case AS_SELECTED -> ranks;
            case REVERSE -> ranks.reversed();
            case INTERLEAVE ->
                Interleaving.of(ranked.stream().map(i -> pool.get(i).label()).toList())
                        .reversed();
            case RANDOM ->
                IntStream.of(Rng.of(seed, "demo order").permutation(ranks.size()))
                        .boxed()
                        .toList();
        };
    }

    /// Choose the examples for a message by the bundle's own count and seed.
    public Chosen choose(QueryItem message) {
        List<Integer> ranked = ranked(message, asked.count(), asked.seed());
        List<Integer> ranks = ordered(ranked, asked.seed());
        return new Chosen(
                ranks.stream().map(rank -> asked.pool().get(ranked.get(rank))).toList(), ranks, asked.wanted());
    }

    /// Choose the examples for a message from outside.
    public Chosen choose(String message) {
        return choose(QueryItem.of(message));
    }

    /// Return the examples for a message from outside, as they are to stand.
    public List<Demo> select(String message) {
        return choose(message).demos();
    }

    /// Whether every message gets the same examples, so that the prompt's beginning is shared by all.
    public boolean fixed() {
        return strategy.fixed();
    }

    private boolean isSame(QueryItem query, String text, int i) {
        return pool.get(i).id() == query.id()
                || groups[i] == query.group()
                || normalised.get(i).equals(text);
    }

    /// Examples of a bundle come without row numbers; these are negative, so none is taken for a row of a data
    /// set.
    public static List<LabelledRow> rows(PromptBundle bundle) {
        List<LabelledRow> rows = new ArrayList<>();
        for (Demo demo : bundle.demos().pool())
            rows.add(new LabelledRow(-1 - rows.size(), bundle.inputText(demo.values()), demo.label(), 0));
        return rows;
    }
}
