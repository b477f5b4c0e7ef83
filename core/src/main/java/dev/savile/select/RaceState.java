package dev.savile.select;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.data.LabelledRow;
import dev.savile.data.Split;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What the stages of a race share.
///
/// @param order    rows of TRAIN in the order in which growing subsets take them
/// @param testSize number of sealed rows
/// @param arms     and what became of them so far
/// @param notes    for the report, in the order in which they were made
record RaceState(
        Split split,
        List<LabelledRow> order,
        int testSize,
        int labels,
        RaceOptions options,
        Budget budget,
        Progress progress,
        StopSignal stop,
        List<ArmRecord> arms,
        List<String> notes) {
    ArmRecord byId(String id) {
        return arms.stream().filter(r -> r.arm.id().equals(id)).findFirst().orElseThrow();
    }

    List<ArmRecord> alive() {
        return arms.stream().filter(ArmRecord::alive).toList();
    }

    List<LabelledRow> select() {
        return split.select();
    }

    /// Tell how an arm did on the items of SELECT that it was scored on.
    void saySelectAccuracy(ArmRecord record) {
        progress.say(String.format(
                Locale.ROOT,
                "  %-18s %.1f %% of %d",
                record.arm.id(),
                100 * Marks.share(record.correct),
                record.correct.length));
    }

    /// The most frequent label; of equally frequent ones the first in the alphabet.
    static String mostFrequent(List<LabelledRow> rows) {
        Map<String, Integer> counts = new TreeMap<>();
        for (LabelledRow row : rows) counts.merge(row.label(), 1, Integer::sum);
        return counts.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
    }
}
