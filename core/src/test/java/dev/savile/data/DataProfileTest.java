package dev.savile.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataProfileTest {
    @Test
    void countsAddUpAndWarningsAreTogether() {
        List<LabelledRow> rows = new ArrayList<>();
        for (int i = 0; i < 120; i++)
            rows.add(new LabelledRow(i, Integer.toString(1_000_003 * (i + 7), 36), "l" + i % 2, i + 2L));
        rows.add(new LabelledRow(120, rows.getFirst().text() + "!", "l0", 122));
        rows.add(new LabelledRow(121, "both", "l0", 123));
        rows.add(new LabelledRow(122, "Both.", "l1", 124));
        rows.add(new LabelledRow(123, "x".repeat(200), "rare", 125));
        var data = new LabelledData(rows, "a.csv", List.of("id"), List.of("a warning of the reader"));
        var duplicates = Duplicates.of(data.rows());
        var profile = DataProfile.of(data, duplicates, Splitter.of(duplicates, 1));
        assertThat(profile.rows()).isEqualTo(124);
        assertThat(profile.repeats()).isEqualTo(1);
        assertThat(profile.conflicts()).isEqualTo(2);
        assertThat(profile.train() + profile.select() + profile.test()).isEqualTo(121);
        assertThat(profile.labels()).isEqualTo(Map.of("l0", 62, "l1", 61, "rare", 1));
        assertThat(profile.untestedLabels()).containsExactly("rare");
        assertThat(profile.characters()).containsEntry("largest", 200);
        assertThat(profile.warnings())
                .containsExactly(
                        "a warning of the reader",
                        "2 rows left out because the same text has several labels (line 123 'l0' and line 124 'l1')",
                        "labels with one or two rows stay in TRAIN and are not tested: rare (1)");
        assertThat(Json.line(profile)).contains("\"nearDuplicates\":", "\"ignoredColumns\":[\"id\"]");
    }
}
