package dev.savile.technique.prompt;

import java.util.ArrayList;
import java.util.HashMap;
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
/// Words are lower-case runs of letters and digits; lengths are exact and empty texts count. *Paper*: Robertson and
/// Zaragoza, "The probabilistic relevance framework", 2009.
public final class Bm25 {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final double K1 = 1.2;
    private static final double B = 0.75;

    private record Posting(int document, int count) {}

    private final Map<String, List<Posting>> postings = new HashMap<>();
    private final int[] lengths;
    private final double averageLength;

    /// Index texts; a text's place in the list is its number.
    public Bm25(List<String> texts) {
        lengths = new int[texts.size()];
        long all = 0;
        for (int i = 0; i < lengths.length; i++) {
            Map<String, Integer> counts = new HashMap<>();
            for (String word : words(texts.get(i))) {
                counts.merge(word, 1, Integer::sum);
                lengths[i]++;
            }
            all += lengths[i];
            int document = i;
            counts.forEach((word, count) ->
                    postings.computeIfAbsent(word, key -> new ArrayList<>()).add(new Posting(document, count)));
        }
        averageLength = lengths.length == 0 ? 0 : (double) all / lengths.length;
    }

    /// Return the score of every text.
    public double[] scores(String query) {
        double[] scores = new double[lengths.length];
        for (String word : words(query)) {
            List<Posting> found = postings.getOrDefault(word, List.of());
            double idf = Math.log(1 + (lengths.length - found.size() + 0.5) / (found.size() + 0.5));
            for (Posting posting : found) {
                double norm = K1 * (1 - B + B * lengths[posting.document] / averageLength);
                scores[posting.document] += idf * posting.count / (posting.count + norm);
            }
        }
        return scores;
    }

    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) words.add(matcher.group());
        return words;
    }
}
