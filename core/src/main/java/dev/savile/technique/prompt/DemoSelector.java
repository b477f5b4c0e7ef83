package dev.savile.technique.prompt;

import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import dev.savile.data.Normalised;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/// Choose the worked examples for a message.
///
/// A message is never its own example: examples with its id, its group or its normalised text are taken out before
/// any strategy ranks, and the result is checked again; there is no other way to examples. Ties go to the example
/// that stands first in the pool.
public final class DemoSelector {
    private final List<LabelledRow> pool;
    private final List<String> labels;
    private final List<String> normalised;
    private final int[] groups;
    private final DemoStrategy strategy;
    private final DemoOrder order;
    private final Bm25 index;
    private final PromptBundle.Demos asked;
    private final Map<Long, List<Integer>> fixedOrders = new ConcurrentHashMap<>();

    private DemoSelector(
            List<LabelledRow> pool, Groups groups, DemoStrategy strategy, DemoOrder order, PromptBundle.Demos asked) {
        this.pool = List.copyOf(pool);
        this.labels = pool.stream().map(LabelledRow::label).toList();
        this.normalised = pool.stream().map(row -> Normalised.of(row.text())).toList();
        this.groups = pool.stream().mapToInt(groups::of).toArray();
        this.strategy = strategy;
        this.order = order;
        this.asked = asked;
        this.index = new Bm25(
                strategy.fixed()
                        ? List.of()
                        : pool.stream().map(LabelledRow::text).toList());
    }

    /// Choose from rows of TRAIN; the index is built here, once.
    public static DemoSelector over(List<LabelledRow> pool, Groups groups, DemoStrategy strategy, DemoOrder order) {
        return new DemoSelector(pool, groups, strategy, order, PromptBundle.Demos.none());
    }

    /// Choose from the examples that a bundle carries, as it says; the best fitting one stands last.
    ///
    /// @throws dev.savile.common.UserError `prompt.strategy`
    public DemoSelector(PromptBundle.Demos demos) {
        this(rows(demos.pool()), Groups.none(), DemoStrategy.of(demos.strategy()), DemoOrder.REVERSE, demos);
    }

    /// Return at most `count` examples in the selector's order.
    ///
    /// @param seed of the strategies that draw; one seed gives all messages the same examples
    public List<LabelledRow> select(QueryItem query, int count, long seed) {
        String text = Normalised.of(query.text());
        var candidates = new BitSet(pool.size());
        for (int i = 0; i < pool.size(); i++) candidates.set(i, !isSame(query, text, i));
        List<Integer> ranked = rank(query.text(), candidates, count, seed);
        for (int i : ranked)
            if (isSame(query, text, i))
                throw new IllegalStateException("row " + pool.get(i).id() + " was about to become its own example");
        List<LabelledRow> chosen = ranked.stream().map(pool::get).toList();
        return switch (order) {
            case AS_SELECTED -> chosen;
            case REVERSE -> chosen.reversed();
        };
    }

    /// Return the examples for a message by the bundle's own count and seed.
    public List<Demo> select(String message) {
        return select(QueryItem.of(message), asked.count(), asked.seed()).stream()
                .map(row -> new Demo(row.text(), row.label()))
                .toList();
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

    private List<Integer> rank(String message, BitSet candidates, int count, long seed) {
        return switch (strategy) {
            case NONE -> List.of();
            case RANDOM, LABEL_BALANCED ->
                fixedOrder(seed).stream().filter(candidates::get).limit(count).toList();
            case BM25 -> index.best(message, candidates, count);
            case BM25_BALANCED -> LabelTurns.overRanking(labels, index.best(message, candidates, pool.size()), count);
        };
    }

    /// The order in which a strategy that draws would take the whole pool. It is drawn before the message is
    /// known, so leaving one example out moves the next one up and changes nothing else.
    private List<Integer> fixedOrder(long seed) {
        return fixedOrders.computeIfAbsent(seed, key -> {
            List<Integer> drawn = IntStream.of(Rng.of(key, "demos").permutation(pool.size()))
                    .boxed()
                    .toList();
            return strategy == DemoStrategy.LABEL_BALANCED
                    ? LabelTurns.commonestFirst(labels, drawn, drawn.size())
                    : drawn;
        });
    }

    /// Examples of a bundle come without row numbers; these are negative, so none is taken for a row of a data
    /// set.
    private static List<LabelledRow> rows(List<Demo> demos) {
        List<LabelledRow> rows = new ArrayList<>();
        for (Demo demo : demos) rows.add(new LabelledRow(-1 - rows.size(), demo.text(), demo.label(), 0));
        return rows;
    }
}
