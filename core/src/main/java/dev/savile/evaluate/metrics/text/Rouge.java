package dev.savile.evaluate.metrics.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// ROUGE (Lin, 2004): shared runs of words (1, 2), longest common subsequence (L), and its union over sentences, which
/// stand in lines (Lsum).
///
/// Words are runs of a to z and 0 to 9 in lower case, so that other scripts vanish; nothing is stemmed. *Reference*:
/// Google's rouge-score 0.1.2 without its stemmer; 1e-9.
public final class Rouge {
    private static final Pattern OTHERS = Pattern.compile("[^a-z0-9]+");

    private Rouge() {}

    /// @param precision share of the text's runs that the reference has
    /// @param recall    share of the reference's runs that the text has
    /// @param f1        harmonic mean of the two; 0 when both are
    public record Score(double precision, double recall, double f1) {
        private static Score of(double shared, double own, double wanted) {
            double precision = own == 0 ? 0 : shared / own;
            double recall = wanted == 0 ? 0 : shared / wanted;
            return new Score(
                    precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
        }
    }

    /// @param order length of the runs, 1 for ROUGE-1
    public static Score runs(String text, String reference, int order) {
        Map<List<String>, Integer> own = Ngrams.count(words(text), order);
        Map<List<String>, Integer> wanted = Ngrams.count(words(reference), order);
        return Score.of(Ngrams.shared(own, wanted), total(own), total(wanted));
    }

    private static int total(Map<List<String>, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// ROUGE-L.
    public static Score longest(String text, String reference) {
        List<String> own = words(text);
        List<String> wanted = words(reference);
        return Score.of(common(wanted, own).size(), own.size(), wanted.size());
    }

    /// ROUGE-Lsum.
    public static Score longestOfSentences(String text, String reference) {
        List<List<String>> own = sentences(text);
        List<List<String>> wanted = sentences(reference);
        int ownWords = own.stream().mapToInt(List::size).sum();
        int wantedWords = wanted.stream().mapToInt(List::size).sum();
        if (ownWords == 0 || wantedWords == 0) return new Score(0, 0, 0);
        Map<String, Integer> left = counts(own);
        Map<String, Integer> leftWanted = counts(wanted);
        int hits = 0;
        for (List<String> sentence : wanted) {
            boolean[] covered = new boolean[sentence.size()];
            for (List<String> other : own) for (int place : common(sentence, other)) covered[place] = true;
            for (int i = 0; i < covered.length; i++) {
                String word = sentence.get(i);
                if (!covered[i] || left.getOrDefault(word, 0) <= 0 || leftWanted.getOrDefault(word, 0) <= 0) continue;
                hits++;
                left.merge(word, -1, Integer::sum);
                leftWanted.merge(word, -1, Integer::sum);
            }
        }
        return Score.of(hits, ownWords, wantedWords);
    }

    private static Map<String, Integer> counts(List<List<String>> sentences) {
        Map<String, Integer> counts = new HashMap<>();
        for (List<String> sentence : sentences) for (String word : sentence) counts.merge(word, 1, Integer::sum);
        return counts;
    }

    private static List<List<String>> sentences(String text) {
        return Arrays.stream(text.split("\n"))
                .filter(line -> !line.isEmpty())
                .map(Rouge::words)
                .toList();
    }

    static List<String> words(String text) {
        return Arrays.stream(OTHERS.split(text.toLowerCase(Locale.ROOT)))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /// Return the places in `a` of one longest common subsequence, rising.
    private static List<Integer> common(List<String> a, List<String> b) {
        int[][] length = new int[a.size() + 1][b.size() + 1];
        for (int i = 1; i <= a.size(); i++)
            for (int j = 1; j <= b.size(); j++)
                length[i][j] = a.get(i - 1).equals(b.get(j - 1))
                        ? length[i - 1][j - 1] + 1
                        : Math.max(length[i - 1][j], length[i][j - 1]);
        List<Integer> places = new ArrayList<>();
        int i = a.size();
        int j = b.size();
        while (i > 0 && j > 0) {
            if (a.get(i - 1).equals(b.get(j - 1))) {
                places.addFirst(i - 1);
                i--;
                j--;
            } else if (length[i][j - 1] > length[i - 1][j]) {
                j--;
            } else {
                i--;
            }
        }
        return places;
    }
}
