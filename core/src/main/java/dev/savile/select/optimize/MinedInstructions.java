package dev.savile.select.optimize;

import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskKind;
import dev.savile.technique.prompt.PromptBundle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Instructions that say what rows of TRAIN have in common: the words that mark each label, or what answers look like.
///
/// A word marks a label by the logarithm of its odds in rows of that label over its odds in all others, each count a
/// half larger, so that a word that stands in one row alone does not win.
final class MinedInstructions {
    /// Above so many labels an instruction would be longer than what it is about.
    private static final int MAX_LABELS = 20;
    private static final int WORDS = 3;
    /// Rows of a label that a word must stand in.
    private static final int MIN_ROWS = 2;
    /// Shorter words hardly mean anything.
    private static final int MIN_LETTERS = 3;
    /// Share of the answers that a length named covers.
    private static final double COVERED = 0.9;

    private static final Pattern WORD = Pattern.compile("\\p{L}{" + MIN_LETTERS + ",}");
    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9][0-9,]*");

    private MinedInstructions() {}

    /// Return what there is to be said of rows; nothing where they show nothing.
    ///
    /// @param bundle the prompt that is changed: its words stand for labels, and it may ask for a way to the answer
    static List<String> of(TaskKind kind, List<TaskItem> rows, PromptBundle bundle) {
        if (rows.isEmpty() || bundle.reasoning().reasons()) return List.of();
        return switch (kind) {
            case LABEL -> labels(rows, bundle);
            case NUMBER ->
                rows.stream().allMatch(row -> WHOLE.matcher(row.answer().strip())
                                .matches())
                        ? List.of("Solve the problem. Answer with a whole number and nothing else.")
                        : List.of();
            case TEXT -> List.of("Answer in at most " + words(rows) + (words(rows) == 1 ? " word." : " words."));
            case CHOICE, PERPLEXITY -> List.of();
        };
    }

    /// Number of words that nearly all answers stay within.
    private static int words(List<TaskItem> rows) {
        List<Integer> lengths = rows.stream()
                .map(row -> row.answer().strip().split("\\s+").length)
                .sorted()
                .toList();
        return lengths.get((int) Math.ceil(COVERED * lengths.size()) - 1);
    }

    private static List<String> labels(List<TaskItem> rows, PromptBundle bundle) {
        Map<String, List<Set<String>>> byLabel = new TreeMap<>();
        for (TaskItem row : rows)
            byLabel.computeIfAbsent(row.answer(), _ -> new ArrayList<>()).add(wordsOf(row.input()));
        if (byLabel.size() < 2 || byLabel.size() > MAX_LABELS) return List.of();
        List<String> marks = new ArrayList<>();
        byLabel.forEach((label, own) -> {
            List<Set<String>> others = byLabel.entrySet().stream()
                    .filter(entry -> !entry.getKey().equals(label))
                    .flatMap(entry -> entry.getValue().stream())
                    .toList();
            List<String> best = marking(own, others);
            if (!best.isEmpty()) marks.add(bundle.word(label) + ": " + String.join(", ", best));
        });
        return marks.isEmpty()
                ? List.of()
                : List.of("Sort the user's message into a category. Words that are typical of each: "
                        + String.join("; ", marks) + ".");
    }

    /// The words that mark rows among others, the strongest first.
    private static List<String> marking(List<Set<String>> own, List<Set<String>> others) {
        Map<String, Double> strengths = new TreeMap<>();
        for (Set<String> row : own)
            for (String word : row) {
                long inside = own.stream().filter(one -> one.contains(word)).count();
                if (inside < MIN_ROWS || strengths.containsKey(word)) continue;
                long outside = others.stream().filter(one -> one.contains(word)).count();
                double strength = logOdds(inside, own.size()) - logOdds(outside, others.size());
                if (strength > 0) strengths.put(word, strength);
            }
        return strengths.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(WORDS)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static double logOdds(long with, long all) {
        return Math.log((with + 0.5) / (all - with + 0.5));
    }

    private static Set<String> wordsOf(String text) {
        Set<String> words = new LinkedHashSet<>();
        WORD.matcher(text.toLowerCase(Locale.ROOT)).results().forEach(found -> words.add(found.group()));
        return words;
    }
}
