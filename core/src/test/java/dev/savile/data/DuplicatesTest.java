package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DuplicatesTest {
    private static List<LabelledRow> rows(String... textsAndLabels) {
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < textsAndLabels.length; i += 2)
            rows.add(new LabelledRow(rows.size(), textsAndLabels[i], textsAndLabels[i + 1], rows.size() + 2L));
        return rows;
    }

    private static boolean joined(String a, String b) {
        return Duplicates.of(rows(a, "x", "something else entirely", "y", b, "x"))
                        .nearDuplicateGroups()
                == 1;
    }

    @Test
    void theFirstOfExactRepeatsIsKept() {
        var duplicates = Duplicates.of(rows("My card?", "a", "other words", "b", "my CARD", "a", "my card!", "a"));
        assertThat(duplicates.kept()).extracting(LabelledRow::id).containsExactly(0, 1);
        assertThat(duplicates.repeats()).extracting(LabelledRow::id).containsExactly(2, 3);
        assertThat(duplicates.conflicts()).isEmpty();
    }

    @Test
    void theSameTextWithTwoLabelsIsLeftOutWholly() {
        var duplicates = Duplicates.of(rows("My card?", "a", "other words", "b", "my CARD", "b", "my card!", "a"));
        assertThat(duplicates.kept()).extracting(LabelledRow::id).containsExactly(1);
        assertThat(duplicates.contradictions()).hasSize(1);
        assertThat(duplicates.conflicts()).extracting(LabelledRow::id).containsExactly(0, 2, 3);
    }

    @Test
    void shortTextsAreJoinedWhenTheyDifferByALetterOrTwo() {
        assertThat(joined(
                        "I would like to know when my new card arrives",
                        "i would like to know when my new card arrived?"))
                .isTrue();
        assertThat(joined(
                        "I would like to know when my new card arrives", "I want to change the pin of my new card now"))
                .isFalse();
    }

    @Test
    void longTextsAreJoinedByARunOfThirteenWords() {
        String run = "the parcel that you sent to me last week has still not come";
        assertThat(joined(
                        run + " and nobody answers the telephone at your office in the town",
                        "hello there " + run + " so I want my money"))
                .isTrue();
        String shorter = "the parcel that you sent to me last week";
        assertThat(joined(
                        shorter + " was broken when it came so please send me another",
                        shorter + " is fine thanks a lot to all of you there"))
                .isFalse();
    }

    @Test
    void aRunThatManyRowsShareJoinsNone() {
        String form = "dear sir or madam i write to you about the order that i made on";
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            var tail = new StringBuilder(form);
            for (int w = 0; w < 20; w++) tail.append(" w").append(i).append('x').append(w);
            rows.add(new LabelledRow(i, tail.toString(), "a", i));
        }
        assertThat(Duplicates.of(rows).nearDuplicateGroups()).isZero();
        assertThat(Duplicates.of(rows.subList(0, 10)).nearDuplicateGroups()).isEqualTo(1);
    }

    @Test
    void groupsAreNamedByTheirFirstRow() {
        var rows = rows("where is the card I ordered", "x", "so different", "x", "where is the card I ordered?!s", "x");
        var groups = Duplicates.of(rows).groups();
        assertThat(rows).extracting(groups::of).containsExactly(0, 1, 0);
    }

    @Test
    void everyPairOfAlikeSetsIsFoundAndNoOther() {
        for (int seed = 0; seed < 30; seed++) {
            var rng = Rng.of(seed, "sets");
            List<long[]> sets = new ArrayList<>();
            for (int i = 0; i < 60; i++) sets.add(set(rng, sets));
            var found = new UnionFind(sets.size());
            new AlikeSets(sets).joinIn(found);
            var expected = new UnionFind(sets.size());
            for (int a = 0; a < sets.size(); a++)
                for (int b = 0; b < a; b++) if (alike(sets.get(a), sets.get(b))) expected.join(a, b);
            assertThat(found.groups()).as("seed %s", seed).isEqualTo(expected.groups());
        }
    }

    /// A new set, or an earlier one with a few elements exchanged; some sets are empty.
    private static long[] set(Rng rng, List<long[]> earlier) {
        Set<Long> elements = new LinkedHashSet<>();
        if (!earlier.isEmpty() && rng.nextInt(2) == 0) {
            for (long element : earlier.get(rng.nextInt(earlier.size()))) if (rng.nextInt(9) > 0) elements.add(element);
            for (int extra = rng.nextInt(3); extra > 0; extra--) elements.add((long) rng.nextInt(50));
        } else {
            for (int size = rng.nextInt(20); size > 0; size--) elements.add((long) rng.nextInt(50));
        }
        return elements.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    private static boolean alike(long[] a, long[] b) {
        Set<Long> left = new LinkedHashSet<>();
        for (long element : a) left.add(element);
        Set<Long> all = new LinkedHashSet<>(left);
        int shared = 0;
        for (long element : b) {
            if (left.contains(element)) shared++;
            all.add(element);
        }
        return shared > 0 && 5L * shared >= 4L * all.size();
    }

    @Test
    void aSmallEditIsSeenThroughInAtLeastNineteenOfTwenty() {
        var rng = Rng.of(3, "edits");
        int seen = 0;
        for (int i = 0; i < 200; i++) {
            var text = new StringBuilder();
            for (int w = 0; w < 30; w++)
                text.append(w == 0 ? "" : " ").append("w").append(rng.nextInt(5000));
            String whole = text.toString();
            int at = whole.indexOf(' ', rng.nextInt(whole.length() - 10));
            String edited = whole.substring(0, Math.max(at, 0)) + " changed" + whole.substring(Math.max(at, 0));
            if (joined(whole, edited)) seen++;
        }
        assertThat(seen).isGreaterThanOrEqualTo(190);
    }

    @Test
    void twentyThousandRowsOfOneTemplateTakeSeconds() {
        var rng = Rng.of(4, "orders");
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < 20_000; i++)
            rows.add(new LabelledRow(
                    i, "please tell me where my order number " + rng.nextInt(1_000_000) + " is", "a", i));
        long start = System.nanoTime();
        assertThat(Duplicates.of(rows).kept()).hasSizeGreaterThan(19_000);
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(10); // about 0.5 on an idle machine
    }
}
