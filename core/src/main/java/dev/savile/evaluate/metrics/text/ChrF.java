package dev.savile.evaluate.metrics.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// chrF (Popović, 2015): F-score of shared runs of 1 to 6 characters without white space, recall counted twice as much
/// as precision; chrF++ adds runs of 1 and 2 words.
///
/// Precision and recall are averaged over the orders that both sides have; counts add up over texts before. Of several
/// references that count which gives the text its best score. *Reference*: sacrebleu 2.6; 1e-9 relative.
///
/// @param own    runs of the texts by order, characters first
/// @param wanted runs of the references
/// @param shared runs of both
public record ChrF(long[] own, long[] wanted, long[] shared) {
    private static final int CHARACTERS = 6;
    private static final double BETA = 2;
    private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// Count the runs of one text.
    ///
    /// @param wordOrder 0 for chrF, 2 for chrF++
    public static ChrF of(String text, List<String> references, int wordOrder) {
        ChrF best = null;
        double highest = -1;
        for (String reference : references) {
            ChrF counts = of(text, reference, wordOrder);
            double score = counts.score();
            if (best == null || score > highest) {
                best = counts;
                highest = score;
            }
        }
        if (best == null) throw new IllegalArgumentException("chrF needs a reference");
        return best;
    }

    private static ChrF of(String text, String reference, int wordOrder) {
        int orders = CHARACTERS + wordOrder;
        long[] own = new long[orders];
        long[] wanted = new long[orders];
        long[] shared = new long[orders];
        List<Integer> left = characters(text);
        List<Integer> right = characters(reference);
        for (int i = 0; i < CHARACTERS; i++) count(left, right, i + 1, i, own, wanted, shared);
        List<String> leftWords = words(text);
        List<String> rightWords = words(reference);
        for (int i = 0; i < wordOrder; i++) count(leftWords, rightWords, i + 1, CHARACTERS + i, own, wanted, shared);
        return new ChrF(own, wanted, shared);
    }

    private static <T> void count(
            List<T> left, List<T> right, int order, int at, long[] own, long[] wanted, long[] shared) {
        Map<List<T>, Integer> a = Ngrams.count(left, order);
        Map<List<T>, Integer> b = Ngrams.count(right, order);
        wanted[at] = Math.max(0, right.size() - order + 1);
        own[at] = wanted[at] == 0 ? 0 : Math.max(0, left.size() - order + 1); // such an order counts on neither side
        shared[at] = Ngrams.shared(a, b);
    }

    private static List<Integer> characters(String text) {
        return text.codePoints()
                .filter(point -> !Character.isWhitespace(point) && !Character.isSpaceChar(point))
                .boxed()
                .toList();
    }

    /// Words, with a punctuation mark at one end apart.
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : Match.words(text)) {
            int last = word.length() - 1;
            if (word.length() > 1 && PUNCTUATION.indexOf(word.charAt(last)) >= 0) {
                words.add(word.substring(0, last));
                words.add(word.substring(last));
            } else if (word.length() > 1 && PUNCTUATION.indexOf(word.charAt(0)) >= 0) {
                words.add(word.substring(0, 1));
                words.add(word.substring(1));
            } else {
                words.add(word);
            }
        }
        return words;
    }

    /// Add up the counts of several texts.
    public static ChrF sum(List<ChrF> texts) {
        if (texts.isEmpty()) throw new IllegalArgumentException("chrF needs a text");
        int orders = texts.getFirst().own.length;
        var sum = new ChrF(new long[orders], new long[orders], new long[orders]);
        for (ChrF text : texts) {
            for (int i = 0; i < orders; i++) {
                sum.own[i] += text.own[i];
                sum.wanted[i] += text.wanted[i];
                sum.shared[i] += text.shared[i];
            }
        }
        return sum;
    }

    /// Return the score, 0 to 100.
    public double score() {
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (int i = 0; i < own.length; i++) {
            if (own[i] == 0 || wanted[i] == 0) continue;
            precision += (double) shared[i] / own[i];
            recall += (double) shared[i] / wanted[i];
            orders++;
        }
        if (orders == 0) return 0;
        precision /= orders;
        recall /= orders;
        double factor = BETA * BETA;
        double below = factor * precision + recall;
        return below == 0 ? 0 : 100 * (1 + factor) * precision * recall / below;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "ChrF[%s]", Arrays.toString(shared));
    }
}
