package dev.savile.technique.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Score texts by the words they share with a query.
///
///     score = sum over query words of idf * tf / (tf + k1 (1 - b + b length / average length))
///     idf   = ln(1 + (N - df + 0.5) / (df + 0.5))
///
/// Words are lower-case runs of letters and digits; a word that the query repeats counts again; lengths are exact
/// and empty texts count. *Cost*: only texts that share a word with the query are touched. *Paper*: Robertson and
/// Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009.
public final class Bm25 {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final double K1 = 1.2;
    private static final double B = 0.75;

    /// The texts that hold a word, and what it adds to the score of each.
    private record Postings(List<Integer> texts, List<Double> weights) {}

    private final Map<String, Postings> postings;
    private final int size;

    /// Index texts; a text's place in the list is its number.
    public Bm25(List<String> texts) {
        size = texts.size();
        int[] lengths = new int[size];
        Map<String, Map<Integer, Integer>> counts = new LinkedHashMap<>();
        for (int i = 0; i < size; i++)
            for (String word : words(texts.get(i))) {
                counts.computeIfAbsent(word, key -> new LinkedHashMap<>()).merge(i, 1, Integer::sum);
                lengths[i]++;
            }
        double average = Arrays.stream(lengths).average().orElse(0);
        postings = HashMap.newHashMap(counts.size());
        counts.forEach((word, byText) -> postings.put(word, weighted(byText, lengths, average)));
    }

    private Postings weighted(Map<Integer, Integer> counts, int[] lengths, double average) {
        double idf = Math.log(1 + (size - counts.size() + 0.5) / (counts.size() + 0.5));
        List<Double> weights = new ArrayList<>();
        counts.forEach((text, count) -> {
            double norm = K1 * (1 - B + B * lengths[text] / average);
            weights.add(idf * count / (count + norm));
        });
        return new Postings(List.copyOf(counts.keySet()), weights);
    }

    /// Return the score of every text.
    public double[] scores(String query) {
        double[] scores = new double[size];
        for (String word : words(query)) {
            Postings found = postings.get(word);
            if (found == null) continue;
            for (int i = 0; i < found.texts().size(); i++)
                scores[found.texts().get(i)] += found.weights().get(i);
        }
        return scores;
    }

    /// Return at most `count` of the candidates, best first; equal scores in the order of the texts.
    public List<Integer> best(String query, BitSet candidates, int count) {
        return count < 1 ? List.of() : Ranking.best(scores(query), candidates, count);
    }

    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) words.add(matcher.group());
        return words;
    }
}
