package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.engine.Rng;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FoldsTest {
    /// A fifth of the rows of `a`, the rest of `b`, some in groups.
    private static List<LabelledRow> rows(int count) {
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) rows.add(new LabelledRow(i, "text " + i, i % 5 == 0 ? "a" : "b", i + 1L));
        return rows;
    }

    private static Groups groups(int count, long seed) {
        var rng = Rng.of(seed, "groups");
        Map<Integer, Integer> byRow = new TreeMap<>();
        for (int i = 5; i < count; i++) if (rng.nextInt(4) == 0) byRow.put(i, 5 * rng.nextInt(i / 5));
        return new Groups(byRow);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyRowIsInOneFoldAndEveryGroupIsWhole(long seed) {
        List<LabelledRow> rows = rows(203);
        Groups groups = groups(203, seed);
        var folds = Folds.of(rows, groups, 5, seed);
        List<LabelledRow> all = new ArrayList<>();
        folds.parts().forEach(all::addAll);
        assertThat(all).containsExactlyInAnyOrderElementsOf(rows);
        for (int fold = 0; fold < 5; fold++) {
            Set<Integer> own = new LinkedHashSet<>();
            for (LabelledRow row : folds.parts().get(fold)) own.add(groups.of(row));
            for (LabelledRow row : folds.others(fold)) assertThat(own).doesNotContain(groups.of(row));
            assertThat(folds.others(fold)).hasSize(203 - folds.parts().get(fold).size());
        }
    }

    @Test
    void foldsAreOfOneSizeAndHaveEachLabelInProportion() {
        var folds = Folds.of(rows(200), Groups.none(), 4, 7);
        for (List<LabelledRow> part : folds.parts()) {
            assertThat(part).hasSize(50);
            assertThat(part.stream().filter(row -> row.label().equals("a"))).hasSize(10);
        }
        assertThat(Folds.of(rows(200), Groups.none(), 4, 7)).isEqualTo(folds);
        assertThat(Folds.of(rows(200), Groups.none(), 4, 8)).isNotEqualTo(folds);
    }

    @Test
    void oneFoldIsNone() {
        assertThatThrownBy(() -> Folds.of(rows(10), Groups.none(), 1, 1)).hasMessageContaining("two folds");
    }
}
