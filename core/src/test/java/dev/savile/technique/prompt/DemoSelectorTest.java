package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.data.Duplicates;
import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import dev.savile.data.Normalised;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DemoSelectorTest {
    /// Rows with exact repeats, near-duplicates and strangers, all left in the pool on purpose.
    private static List<LabelledRow> crowd() {
        var rng = Rng.of(8, "crowd");
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            String text = i % 3 == 0 || rows.isEmpty()
                    ? sentence(rng)
                    : rows.get(rng.nextInt(rows.size())).text();
            if (i % 3 == 1) text = text + "!";
            if (i % 3 == 2) text = text + "s";
            rows.add(new LabelledRow(i, text, "label " + rng.nextInt(4), i + 1L));
        }
        return rows;
    }

    private static String sentence(Rng rng) {
        var text = new StringBuilder();
        for (int w = 0; w < 8; w++)
            text.append(w == 0 ? "" : " ").append("word").append(rng.nextInt(60));
        return text.toString();
    }

    /// Counts letters: a row is always nearest to itself, and its near-duplicates follow.
    private static final TextEmbedder LETTERS = texts -> texts.stream()
            .map(text -> {
                float[] counts = new float[128];
                text.chars().filter(c -> c < 128).forEach(c -> counts[c]++);
                return counts;
            })
            .toArray(float[][]::new);

    private static DemoSelector selector(
            List<LabelledRow> pool, Groups groups, DemoStrategy strategy, DemoOrder order) {
        return DemoSelector.over(pool, groups, strategy, order, LETTERS);
    }

    @Test
    void noRowEverMeetsItselfItsGroupOrItsText() {
        List<LabelledRow> pool = crowd();
        Groups groups = Duplicates.of(pool).groups();
        assertThat(groups.shared()).isPositive();
        for (DemoStrategy strategy : DemoStrategy.values())
            for (DemoOrder order : DemoOrder.values()) {
                var selector = selector(pool, groups, strategy, order);
                for (LabelledRow row : pool) {
                    List<LabelledRow> demos = selector.select(QueryItem.of(row, groups), 8, 5);
                    assertThat(demos)
                            .hasSize(strategy == DemoStrategy.NONE ? 0 : 8)
                            .doesNotHaveDuplicates();
                    for (LabelledRow demo : demos) {
                        assertThat(demo.id()).isNotEqualTo(row.id());
                        assertThat(groups.of(demo)).isNotEqualTo(groups.of(row));
                        assertThat(Normalised.of(demo.text())).isNotEqualTo(Normalised.of(row.text()));
                    }
                }
            }
    }

    @Test
    void everyOrderHoldsTheSameExamples() {
        List<LabelledRow> pool = crowd();
        for (DemoStrategy strategy : DemoStrategy.values()) {
            List<LabelledRow> ranked = selector(pool, Groups.none(), strategy, DemoOrder.AS_SELECTED)
                    .select(QueryItem.of("word1 word2"), 6, 3);
            for (DemoOrder order : DemoOrder.values()) {
                List<LabelledRow> ordered =
                        selector(pool, Groups.none(), strategy, order).select(QueryItem.of("word1 word2"), 6, 3);
                assertThat(ordered).containsExactlyInAnyOrderElementsOf(ranked);
            }
        }
    }

    @Test
    void nearestExamplesComeByMeaningAndTiesByPlace() {
        List<LabelledRow> pool = List.of(
                row(0, "aaaa", "x"),
                row(1, "aab", "x"),
                row(2, "bbbb", "y"),
                row(3, "cccc", "y"),
                row(4, "a a aa", "z"));
        var query = QueryItem.of("aaa");
        var nearest = selector(pool, Groups.none(), DemoStrategy.EMBED_KNN, DemoOrder.AS_SELECTED);
        assertThat(nearest.select(query, 3, 0)).extracting(LabelledRow::id).containsExactly(0, 4, 1);
        assertThat(nearest.fixed()).isFalse();
        // the second row of nothing but a would repeat the first
        var different = selector(pool, Groups.none(), DemoStrategy.MMR, DemoOrder.AS_SELECTED);
        assertThat(different.select(query, 2, 0))
                .extracting(LabelledRow::id)
                .startsWith(0)
                .doesNotContain(4);
    }

    @Test
    void listedExamplesStandInTheirOrderAndAReserveStepsIn() {
        List<LabelledRow> pool = List.of(row(0, "one", "x"), row(1, "two", "y"), row(2, "three", "x"));
        var selector = selector(pool, Groups.none(), DemoStrategy.FIXED, DemoOrder.AS_SELECTED);
        assertThat(selector.select(QueryItem.of("?"), 2, 9)).isEqualTo(pool.subList(0, 2));
        assertThat(selector.select(QueryItem.of(pool.getFirst(), Groups.none()), 2, 9))
                .isEqualTo(pool.subList(1, 3));
        List<Demo> demos = List.of(new Demo("one", "x"), new Demo("two", "y"));
        assertThat(new DemoSelector(PromptBundle.plain().withDemos(new PromptBundle.Demos("fixed", 2, 0, 0, demos)))
                        .select("?"))
                .isEqualTo(demos);
    }

    @Test
    void neighboursDifferInTheirLabelAndTheBestStandsLast() {
        List<LabelledRow> pool = List.of(
                row(0, "cat cat cat", "x"), row(1, "cat cat dog", "x"), row(2, "cat dog dog", "y"), row(3, "dog", "y"));
        assertThat(selector(pool, Groups.none(), DemoStrategy.BM25, DemoOrder.INTERLEAVE)
                        .select(QueryItem.of("cat"), 4, 0))
                .extracting(LabelledRow::id)
                .containsExactly(3, 1, 2, 0);
    }

    @Test
    void aDrawnOrderFollowsItsSeedAndIsThatOfEveryMessage() {
        List<LabelledRow> pool = crowd();
        var selector = selector(pool, Groups.none(), DemoStrategy.FIXED, DemoOrder.RANDOM);
        List<LabelledRow> first = selector.select(QueryItem.of("a question"), 8, 1);
        assertThat(selector.select(QueryItem.of("quite another"), 8, 1)).isEqualTo(first);
        assertThat(selector.select(QueryItem.of("a question"), 8, 2)).isNotEqualTo(first);
    }

    @Test
    void aStrategyThatNeedsAnEmbedderIsRefusedWithoutOne() {
        for (DemoStrategy strategy : DemoStrategy.values()) {
            var error = catchThrowableOfType(
                    UserError.class, () -> DemoSelector.over(crowd(), Groups.none(), strategy, DemoOrder.AS_SELECTED));
            if (strategy.embeds()) assertThat(error.code()).isEqualTo("prompt.embedder");
            else assertThat(error).isNull();
        }
    }

    @Test
    void anEncoderThatNoModuleBringsIsNamed() {
        var demos = new PromptBundle.Demos(
                "embed_knn", 1, 0, 0, List.of(new Demo("a", "x")), null, null, null, "no-such-encoder");
        var error = catchThrowableOfType(
                UserError.class, () -> new DemoSelector(PromptBundle.plain().withDemos(demos), LETTERS));
        assertThat(error.code()).isEqualTo("prompt.encoder");
        assertThat(error.what()).contains("no-such-encoder");
    }

    @Test
    void randomGivesAllMessagesTheSameSetAndFollowsItsSeed() {
        List<LabelledRow> pool = crowd();
        var selector = DemoSelector.over(pool, Groups.none(), DemoStrategy.RANDOM, DemoOrder.AS_SELECTED);
        var first = selector.select(QueryItem.of("a question"), 6, 1);
        assertThat(selector.select(QueryItem.of("quite another"), 6, 1)).isEqualTo(first);
        assertThat(selector.select(QueryItem.of("a question"), 6, 2)).isNotEqualTo(first);
        assertThat(selector.fixed()).isTrue();
    }

    @Test
    void leavingTheMessageOutMovesTheNextExampleUp() {
        List<LabelledRow> pool =
                List.of(row(0, "one", "x"), row(1, "two", "x"), row(2, "three", "x"), row(3, "four", "x"));
        var selector = DemoSelector.over(pool, Groups.none(), DemoStrategy.RANDOM, DemoOrder.AS_SELECTED);
        List<LabelledRow> all = selector.select(QueryItem.of("?"), 4, 1);
        assertThat(selector.select(QueryItem.of(all.getFirst(), Groups.none()), 3, 1))
                .isEqualTo(all.subList(1, 4));
        assertThat(selector.select(QueryItem.of(all.get(3), Groups.none()), 3, 1))
                .isEqualTo(all.subList(0, 3));
    }

    private static LabelledRow row(int id, String text, String label) {
        return new LabelledRow(id, text, label, id + 1L);
    }

    @Test
    void balancedLabelsTakeTurnsCommonestFirst() {
        List<LabelledRow> pool = new ArrayList<>();
        for (char label : "bbbaaccbbaccd".toCharArray())
            pool.add(row(pool.size(), "t" + pool.size(), String.valueOf(label)));
        var selector = DemoSelector.over(pool, Groups.none(), DemoStrategy.LABEL_BALANCED, DemoOrder.AS_SELECTED);
        for (long seed = 0; seed < 5; seed++)
            assertThat(selector.select(QueryItem.of("?"), 9, seed))
                    .extracting(LabelledRow::label)
                    .containsExactly("b", "c", "a", "d", "b", "c", "a", "b", "c");
    }

    @Test
    void nearestExamplesComeByWordsAndTiesByPlace() {
        List<LabelledRow> pool = List.of(
                row(0, "card not working", "card"),
                row(1, "new card arrived late", "card"),
                row(2, "refund not received", "refund"),
                row(3, "hello", "greeting"),
                row(4, "good day", "greeting"));
        var query = QueryItem.of("card not received");
        assertThat(DemoSelector.over(pool, Groups.none(), DemoStrategy.BM25, DemoOrder.AS_SELECTED)
                        .select(query, 4, 0))
                .extracting(LabelledRow::id)
                .containsExactly(2, 0, 1, 3);
        assertThat(DemoSelector.over(pool, Groups.none(), DemoStrategy.BM25, DemoOrder.REVERSE)
                        .select(query, 2, 0))
                .extracting(LabelledRow::id)
                .containsExactly(0, 2);
        assertThat(DemoSelector.over(pool, Groups.none(), DemoStrategy.BM25_BALANCED, DemoOrder.AS_SELECTED)
                        .select(query, 4, 0))
                .extracting(LabelledRow::id)
                .containsExactly(2, 0, 3, 1);
    }

    @Test
    void moreThanThereAreGivesAllThereAre() {
        List<LabelledRow> pool = crowd().subList(0, 5);
        for (DemoStrategy strategy : DemoStrategy.values()) {
            var selector = selector(pool, Groups.none(), strategy, DemoOrder.REVERSE);
            assertThat(selector.select(QueryItem.of("?"), 50, 0)).hasSize(strategy == DemoStrategy.NONE ? 0 : 5);
            assertThat(selector.select(QueryItem.of("?"), 0, 0)).isEmpty();
        }
    }

    @Test
    void aBundleChoosesFromTheExamplesItCarries() {
        List<Demo> pool = List.of(new Demo("card not working", "card"), new Demo("refund not received", "refund"));
        var selector = new DemoSelector(PromptBundle.plain().withDemos(new PromptBundle.Demos("bm25", 2, 0, 0, pool)));
        assertThat(selector.select("My card is not working.")).containsExactly(pool.get(1), pool.get(0));
        assertThat(selector.select("Card not working!")).containsExactly(pool.get(1));
        assertThat(selector.fixed()).isFalse();
        assertThat(new DemoSelector(PromptBundle.plain()).select("any")).isEmpty();
    }

    @Test
    void everyStrategyIsFoundByItsNameAndNoOther() {
        Set<String> ids = new LinkedHashSet<>();
        for (DemoStrategy strategy : DemoStrategy.values()) {
            assertThat(ids.add(strategy.id())).isTrue();
            assertThat(DemoStrategy.of(strategy.id())).isEqualTo(strategy);
        }
        var error = catchThrowableOfType(UserError.class, () -> DemoStrategy.of("bm52"));
        assertThat(error.code()).isEqualTo("prompt.strategy");
        assertThat(error.fix()).contains("did you mean 'bm25'?");
        for (DemoOrder order : DemoOrder.values())
            assertThat(DemoOrder.of(order.id())).isEqualTo(order);
        var unknown = catchThrowableOfType(UserError.class, () -> DemoOrder.of("revers"));
        assertThat(unknown.code()).isEqualTo("prompt.order");
        assertThat(unknown.fix()).contains("did you mean 'reverse'?");
        assertThat(new Groups(Map.of(3, 1)).of(row(3, "a", "b"))).isEqualTo(1);
    }
}
