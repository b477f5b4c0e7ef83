package dev.savile.train;

import dev.savile.runs.Sparkline;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What should be known of rows before they are trained on.
///
/// @param rows       number of rows
/// @param tokens     of all rows
/// @param learned    tokens that are learned
/// @param shortest   tokens of the shortest row
/// @param median     tokens of the row in the middle
/// @param nearLongest tokens that 95 % of the rows do not exceed
/// @param longest    tokens of the longest row
/// @param duplicates rows that equal an earlier one
/// @param leaked     rows to validate on that are trained on as well
/// @param leakedPrompts rows to validate on whose prompt is trained on with another answer
/// @param histogram  rows by length, in equal steps from the shortest to the longest
public record DataCheck(
        int rows,
        long tokens,
        long learned,
        int shortest,
        int median,
        int nearLongest,
        int longest,
        int duplicates,
        int leaked,
        int leakedPrompts,
        int[] histogram) {
    private static final int STEPS = 16;

    /// Look at rows.
    public static DataCheck of(List<? extends TrainingRow> rows, List<? extends TrainingRow> validation) {
        int[] lengths = rows.stream().mapToInt(TrainingRow::length).sorted().toArray();
        Set<List<Integer>> seen = new HashSet<>();
        int duplicates = 0;
        for (TrainingRow row : rows) if (!seen.add(boxed(row))) duplicates++;
        Set<List<Integer>> prompts = new HashSet<>();
        for (TrainingRow row : rows) prompts.add(prompt(row));
        int leaked = 0;
        int leakedPrompts = 0;
        for (TrainingRow row : validation) {
            List<Integer> prompt = prompt(row);
            if (seen.contains(boxed(row))) leaked++;
            else if (!prompt.isEmpty() && prompts.contains(prompt)) leakedPrompts++;
        }
        int[] histogram = new int[STEPS];
        int shortest = lengths.length == 0 ? 0 : lengths[0];
        int longest = lengths.length == 0 ? 0 : lengths[lengths.length - 1];
        for (int length : lengths)
            histogram[Math.min(STEPS - 1, (length - shortest) * STEPS / Math.max(1, longest - shortest + 1))]++;
        return new DataCheck(
                rows.size(),
                Arrays.stream(lengths).asLongStream().sum(),
                rows.stream().mapToLong(TrainingRow::learnedTokens).sum(),
                shortest,
                lengths.length == 0 ? 0 : lengths[lengths.length / 2],
                lengths.length == 0 ? 0 : lengths[(int) (0.95 * (lengths.length - 1))],
                longest,
                duplicates,
                leaked,
                leakedPrompts,
                histogram);
    }

    private static List<Integer> boxed(TrainingRow row) {
        return Arrays.stream(row.ids()).boxed().toList();
    }

    /// What stands before the first token that is learned; empty where a row is learned from its beginning.
    private static List<Integer> prompt(TrainingRow row) {
        int first = row.firstLearned();
        return first <= 1
                ? List.of()
                : Arrays.stream(row.ids()).limit(first).boxed().toList();
    }

    /// The figures in one line.
    public String sentence() {
        return String.format(
                Locale.ROOT,
                "%,d rows, %,d tokens, %,d of them learned; a row has %d to %d tokens, %d in the middle %s",
                rows,
                tokens,
                learned,
                shortest,
                longest,
                median,
                bars());
    }

    /// Lengths without a row are left blank.
    private String bars() {
        double[] counts = Arrays.stream(histogram)
                .mapToDouble(count -> count == 0 ? Double.NaN : count)
                .toArray();
        return "|" + Sparkline.of(counts, STEPS) + "|";
    }

    /// What is worth a warning, in words; empty when nothing is.
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (duplicates > 0)
            warnings.add(duplicates + " of " + rows + " rows equal an earlier one: they count twice in training");
        if (leaked > 0)
            warnings.add(
                    leaked + " rows to validate on are trained on as well: the validation loss will look too good");
        if (leakedPrompts > 0)
            warnings.add(leakedPrompts
                    + " rows to validate on ask what is trained on with another answer: they measure what was seen, or"
                    + " contradict it");
        return warnings;
    }
}
