package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SplitterTest {
    /// Rows of words that hardly repeat, so that no two are near-duplicates.
    private static List<LabelledRow> rows(int count, int labels) {
        var rng = Rng.of(5, "words");
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = "k" + rng.nextInt(1 << 30) + " q" + rng.nextInt(1 << 30) + " z" + rng.nextInt(1 << 30);
            rows.add(new LabelledRow(i, text, "label " + (char) ('a' + i % labels), i + 2L));
        }
        return rows;
    }

    private static Map<String, Integer> count(List<LabelledRow> rows) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (LabelledRow row : rows) counts.merge(row.label(), 1, Integer::sum);
        return counts;
    }

    @Test
    void sevenBalancedLabelsAreSplitExactly() {
        var split = Splitter.of(Duplicates.of(rows(1120, 7)), 42);
        assertThat(split.train()).hasSize(672);
        assertThat(split.select()).hasSize(224);
        assertThat(split.test().size()).isEqualTo(224);
        assertThat(count(split.train()).values()).allMatch(n -> n == 96);
        assertThat(count(split.select()).values()).allMatch(n -> n == 32);
        assertThat(split.test().labels().values()).allMatch(n -> n == 32);
        assertThat(split.warnings()).isEmpty();
    }

    @Test
    void aFewNearDuplicatesDoNotChangeTheSizes() {
        List<LabelledRow> rows = new ArrayList<>(rows(1120, 7));
        for (int i = 0; i < 70; i++) rows.set(1000 + i, near(rows.get(i), 1000 + i));
        var duplicates = Duplicates.of(rows);
        assertThat(duplicates.kept()).hasSize(1120);
        var split = Splitter.of(duplicates, 42);
        assertThat(List.of(
                        split.train().size(),
                        split.select().size(),
                        split.test().size()))
                .containsExactly(672, 224, 224);
    }

    /// The same words again, one letter longer, with the label that the row at that place has.
    private static LabelledRow near(LabelledRow row, int id) {
        return new LabelledRow(id, row.text() + "x", "label " + (char) ('a' + id % 7), id + 2L);
    }

    @Test
    void everyRowStandsOnceAndGroupsStayWhole() {
        for (int seed = 0; seed < 20; seed++) {
            List<LabelledRow> rows = new ArrayList<>(rows(300, 4));
            for (int i = 0; i < 60; i++) rows.add(near(rows.get(i % 25), 300 + i));
            var duplicates = Duplicates.of(rows);
            var split = Splitter.of(duplicates, seed);
            List<List<LabelledRow>> parts =
                    List.of(split.train(), split.select(), split.test().rows());
            assertThat(parts.stream().flatMap(List::stream).map(LabelledRow::id).sorted())
                    .isEqualTo(duplicates.kept().stream().map(LabelledRow::id).toList());
            Map<Integer, Integer> partOf = new LinkedHashMap<>();
            for (int part = 0; part < 3; part++)
                for (LabelledRow row : parts.get(part))
                    assertThat(partOf.merge(duplicates.groups().of(row), part, (a, b) -> a.equals(b) ? a : -1))
                            .isNotEqualTo(-1);
        }
    }

    @Test
    void theSeedDecidesTheSplit() {
        var duplicates = Duplicates.of(rows(400, 3));
        assertThat(Splitter.of(duplicates, 1).train())
                .isEqualTo(Splitter.of(duplicates, 1).train());
        assertThat(Splitter.of(duplicates, 1).train())
                .isNotEqualTo(Splitter.of(duplicates, 2).train());
    }

    @Test
    void sizesAreHeldBetweenTheirBounds() {
        assertThat(sizes(20_000)).containsExactly(16_000, 2000, 2000);
        assertThat(sizes(1_200)).containsExactly(720, 240, 240);
        assertThat(sizes(600)).containsExactly(360, 120, 120);
        assertThat(sizes(400)).containsExactly(200, 100, 100);
        assertThat(sizes(100)).containsExactly(40, 30, 30);
    }

    private static List<Integer> sizes(int count) {
        var split = Splitter.of(new Duplicates(rows(count, 2), List.of(), List.of(), Groups.none()), 1);
        return List.of(split.train().size(), split.select().size(), split.test().size());
    }

    @Test
    void rareLabelsStayInTrainAndAreNamed() {
        List<LabelledRow> rows = new ArrayList<>(rows(200, 2));
        rows.add(new LabelledRow(200, "the only one of its kind", "alone", 202));
        rows.add(new LabelledRow(201, "first of two", "pair", 203));
        rows.add(new LabelledRow(202, "and its sister", "pair", 204));
        var split = Splitter.of(Duplicates.of(rows), 9);
        assertThat(split.train()).extracting(LabelledRow::id).contains(200, 201, 202);
        assertThat(split.warnings())
                .containsExactly("labels with one or two rows stay in TRAIN and are not tested: alone (1), pair (2)");
        assertThat(split.untestedLabels()).containsExactly("alone", "pair");
        assertThat(split.untrainedLabels()).isEmpty();
    }

    @Test
    void everyLabelKeepsARowToLearnFrom() {
        for (int seed = 0; seed < 50; seed++)
            assertThat(Splitter.of(Duplicates.of(rows(78, 26)), seed).untrainedLabels())
                    .isEmpty();
    }

    @Test
    void tooFewRowsAreRefused() {
        var error = catchThrowableOfType(UserError.class, () -> Splitter.of(Duplicates.of(rows(39, 2)), 1));
        assertThat(error.code()).isEqualTo("data.few");
        assertThat(error.what()).contains("39");
        assertThat(Splitter.of(Duplicates.of(rows(40, 2)), 1).warnings())
                .singleElement()
                .asString()
                .contains("exploration");
    }

    @Test
    void aGivenTestStaysWholeAndTakesItsLikesOutOfTrain() {
        List<LabelledRow> rows = rows(300, 3);
        List<LabelledRow> test = List.of(
                new LabelledRow(0, rows.get(7).text().toUpperCase(java.util.Locale.ROOT) + "!", "label b", 2),
                new LabelledRow(1, rows.get(8).text() + "y", "label c", 3),
                new LabelledRow(2, "something new", "label d", 4),
                new LabelledRow(3, "something new", "label d", 5));
        var split = Splitter.withTest(Duplicates.of(rows), test, 4);
        assertThat(split.test().size()).isEqualTo(4);
        assertThat(split.train().size() + split.select().size()).isEqualTo(298);
        assertThat(Stream.concat(split.train().stream(), split.select().stream()))
                .extracting(LabelledRow::id)
                .doesNotContain(7, 8);
        assertThat(split.select()).hasSize(89);
        assertThat(split.warnings().getFirst()).startsWith("2 rows left TRAIN");
        assertThat(split.untrainedLabels()).containsExactly("label d");
        assertThat(split.warnings().getLast()).contains("label d");
        Set<Integer> ids = new LinkedHashSet<>();
        for (List<LabelledRow> part :
                List.of(split.train(), split.select(), split.test().rows()))
            for (LabelledRow row : part) assertThat(ids.add(row.id())).isTrue();
    }

    @Test
    void innerSplitsTakeAFifthOfEachLabel() {
        var inner = Splitter.inner(rows(672, 7), Groups.none(), 3);
        assertThat(inner.select()).hasSize(134);
        assertThat(count(inner.select()).values()).allMatch(n -> n == 19 || n == 20);
        assertThat(inner.train()).hasSize(538).doesNotContainAnyElementsOf(inner.select());
        assertThat(Splitter.inner(rows(60, 2), Groups.none(), 3).select()).hasSize(16);
        assertThat(Splitter.inner(rows(30, 2), Groups.none(), 3).select()).hasSize(10);
        assertThat(Splitter.inner(rows(2, 2), Groups.none(), 3).train()).hasSize(2);
    }

    @Test
    void heldOutRowsAreStratifiedToo() {
        var split = Splitter.holdOut(Duplicates.of(rows(210, 7)), 21, 3);
        assertThat(count(split.select()).values()).hasSize(7).allMatch(n -> n == 3);
        assertThat(split.train()).hasSize(189);
        assertThat(split.test().size()).isZero();
    }
}
