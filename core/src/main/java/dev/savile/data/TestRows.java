package dev.savile.data;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Carry the test rows from the split to their seal. Outside this package nobody can read them: [SealedTest] alone
/// hands them out.
public final class TestRows {
    private final List<LabelledRow> rows;

    TestRows(List<LabelledRow> rows) {
        this.rows = List.copyOf(rows);
    }

    public int size() {
        return rows.size();
    }

    /// Digest of the rows, which may be shown.
    public String digest() {
        return LabelledData.digest(rows);
    }

    /// Rows of each label, sorted by label; a count gives no row away.
    public Map<String, Integer> labels() {
        Map<String, Integer> labels = new TreeMap<>();
        for (LabelledRow row : rows) labels.merge(row.label(), 1, Integer::sum);
        return labels;
    }

    /// Seal the rows into a study's folder; see [SealedTest#seal].
    public SealedTest seal(Path folder, Clock clock) {
        return SealedTest.seal(this, folder, clock);
    }

    List<LabelledRow> rows() {
        return rows;
    }

    @Override
    public String toString() {
        return "TestRows[" + rows.size() + "]";
    }
}
