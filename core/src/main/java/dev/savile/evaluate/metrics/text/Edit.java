package dev.savile.evaluate.metrics.text;

import java.util.Arrays;
import java.util.List;

/// Edit distance: the fewest insertions, deletions and replacements between two sequences (Levenshtein).
public final class Edit {
    private Edit() {}

    /// Distance in Unicode code points.
    public static int distance(String a, String b) {
        return distance(points(a), points(b));
    }

    /// `1 - distance / length of the longer`; 1 for two empty texts.
    public static double similarity(String a, String b) {
        int longer = Math.max(points(a).size(), points(b).size());
        return longer == 0 ? 1 : 1 - (double) distance(a, b) / longer;
    }

    /// Distance in words over the words of the reference. Undefined for a reference without words.
    ///
    /// @throws IllegalArgumentException for such a reference
    public static double wordErrorRate(String answer, String reference) {
        List<String> own = Arrays.asList(Match.words(answer));
        List<String> wanted = Arrays.asList(Match.words(reference));
        return rate(distance(own, wanted), wanted.size());
    }

    /// Distance in code points over those of the reference. Undefined for an empty reference.
    ///
    /// @throws IllegalArgumentException for such a reference
    public static double characterErrorRate(String answer, String reference) {
        return rate(distance(answer, reference), points(reference).size());
    }

    private static double rate(int distance, int length) {
        if (length == 0) throw new IllegalArgumentException("an error rate needs a reference that is not empty");
        return (double) distance / length;
    }

    private static List<Integer> points(String text) {
        return text.codePoints().boxed().toList();
    }

    static <T> int distance(List<T> a, List<T> b) {
        int[] row = new int[b.size() + 1];
        for (int j = 0; j <= b.size(); j++) row[j] = j;
        for (int i = 1; i <= a.size(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.size(); j++) {
                int above = row[j];
                int replaced = diagonal + (a.get(i - 1).equals(b.get(j - 1)) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.size()];
    }
}
