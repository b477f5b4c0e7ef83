package dev.savile.evaluate.metrics.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Whether, and how far, an answer is one of its references. Each gives 0 to 1, the best over the references.
public final class Match {
    private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private Match() {}

    /// 1 when the answer equals a reference after normalisation.
    public static double exact(String answer, List<String> references, Normalisation normalisation) {
        String own = normalisation.apply(answer);
        return references.stream().anyMatch(reference -> own.equals(normalisation.apply(reference))) ? 1 : 0;
    }

    /// 1 when the answer begins with a reference.
    public static double prefix(String answer, List<String> references, Normalisation normalisation) {
        String own = normalisation.apply(answer);
        return references.stream().anyMatch(reference -> own.startsWith(normalisation.apply(reference))) ? 1 : 0;
    }

    /// 1 when the answer contains a reference.
    public static double contains(String answer, List<String> references, Normalisation normalisation) {
        String own = normalisation.apply(answer);
        return references.stream().anyMatch(reference -> own.contains(normalisation.apply(reference))) ? 1 : 0;
    }

    /// F1 of the words that answer and reference share, counted as often as both have them; 0 when they share none, so
    /// for two empty texts too (SQuAD v1.1).
    public static double wordF1(String answer, List<String> references, Normalisation normalisation) {
        String[] own = words(normalisation.apply(answer));
        return references.stream()
                .mapToDouble(reference -> wordF1(own, words(normalisation.apply(reference))))
                .max()
                .orElse(0);
    }

    private static double wordF1(String[] answer, String[] reference) {
        Map<String, Integer> left = new HashMap<>();
        for (String word : reference) left.merge(word, 1, Integer::sum);
        int shared = 0;
        for (String word : answer) {
            int rest = left.getOrDefault(word, 0);
            if (rest > 0) shared++;
            left.put(word, rest - 1);
        }
        if (shared == 0) return 0;
        double precision = (double) shared / answer.length;
        double recall = (double) shared / reference.length;
        return 2 * precision * recall / (precision + recall);
    }

    /// The words of a text, between white space.
    static String[] words(String text) {
        return Arrays.stream(SPACES.split(text)).filter(word -> !word.isEmpty()).toArray(String[]::new);
    }
}
