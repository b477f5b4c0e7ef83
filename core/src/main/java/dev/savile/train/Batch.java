package dev.savile.train;

import dev.savile.common.Few;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The rows of one step.
///
/// @param all   all rows
/// @param order places of the step's rows among them
record Batch(EncodedRows all, int[] order) {
    private static final int SHOWN = 10;

    int size() {
        return order.length;
    }

    List<TrainingRow> chosen() {
        List<TrainingRow> chosen = new ArrayList<>();
        for (int place : order) chosen.add(all.rows().get(place));
        return chosen;
    }

    /// Name the rows by their lines, else by their numbers among all rows, from 1.
    String words() {
        int[] sorted = order.clone();
        Arrays.sort(sorted);
        String count = size() + (size() == 1 ? " row: " : " rows: ");
        if (!all.places().isEmpty())
            return count
                    + RowPlace.words(Arrays.stream(sorted)
                            .mapToObj(all.places()::get)
                            .distinct()
                            .toList());
        List<String> numbers = Arrays.stream(sorted)
                .mapToObj(place -> Integer.toString(place + 1))
                .toList();
        return count + "numbers " + Few.of(numbers, SHOWN);
    }
}
