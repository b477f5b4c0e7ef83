package dev.savile.evaluate.metrics.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// BLEU of orders 1 to 4 (Papineni et al., 2002): shared runs of words, clipped by the reference that has most of
/// each, with a penalty for short texts.
///
///     score = 100 * BP * exp(mean over orders of log(shared / all)),  BP = exp(1 - r / c) where c < r
///
/// r is the length of the reference nearest in length, the shorter one of two. The k-th order without a shared run
/// counts as `1 / 2^k` of one run. Words are split as by mteval's 13a tokenizer. Counts add up over texts before the
/// score is taken. *Reference*: sacrebleu 2.6; 1e-9 relative.
///
/// @param shared shared runs of each order
/// @param all    runs of each order
/// @param own    words of the texts
/// @param wanted words of the nearest references
public record Bleu(int[] shared, int[] all, long own, long wanted) {
    private static final int ORDER = 4;
    private static final Pattern SYMBOLS = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
    private static final Pattern STOP_AFTER = Pattern.compile("([^0-9])([.,])");
    private static final Pattern STOP_BEFORE = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH = Pattern.compile("([0-9])(-)");

    /// Count the runs of one text.
    public static Bleu of(String text, List<String> references) {
        List<String> words = words(text);
        int[] shared = new int[ORDER];
        int[] all = new int[ORDER];
        long nearest = -1;
        Map<List<String>, Integer> most = new HashMap<>();
        for (String reference : references) {
            List<String> other = words(reference);
            for (int order = 1; order <= ORDER; order++)
                Ngrams.count(other, order).forEach((run, count) -> most.merge(run, count, Math::max));
            long gap = Math.abs(other.size() - words.size()) - Math.abs(nearest - words.size());
            if (nearest < 0 || gap < 0 || (gap == 0 && other.size() < nearest)) nearest = other.size();
        }
        for (int order = 1; order <= ORDER; order++) {
            Map<List<String>, Integer> own = Ngrams.count(words, order);
            shared[order - 1] = Ngrams.shared(own, most);
            all[order - 1] = Math.max(0, words.size() - order + 1);
        }
        return new Bleu(shared, all, words.size(), Math.max(0, nearest));
    }

    /// Add up the counts of several texts.
    public static Bleu sum(List<Bleu> texts) {
        int[] shared = new int[ORDER];
        int[] all = new int[ORDER];
        long own = 0;
        long wanted = 0;
        for (Bleu text : texts) {
            for (int i = 0; i < ORDER; i++) {
                shared[i] += text.shared[i];
                all[i] += text.all[i];
            }
            own += text.own;
            wanted += text.wanted;
        }
        return new Bleu(shared, all, own, wanted);
    }

    /// Return the score of a corpus, 0 to 100.
    public double score() {
        return score(ORDER);
    }

    /// Return the score of a single text, over the orders that it is long enough for.
    public double sentenceScore() {
        int orders = 0;
        while (orders < ORDER && all[orders] > 0) orders++;
        return score(orders);
    }

    private double score(int orders) {
        if (orders == 0 || Arrays.stream(shared).allMatch(count -> count == 0)) return 0;
        double smoothing = 1;
        double logs = 0;
        for (int i = 0; i < orders; i++) {
            if (all[i] == 0) return 0;
            double precision;
            if (shared[i] == 0) {
                smoothing *= 2;
                precision = 1 / (smoothing * all[i]);
            } else {
                precision = (double) shared[i] / all[i];
            }
            logs += Math.log(precision);
        }
        double penalty = own < wanted ? (own > 0 ? Math.exp(1 - (double) wanted / own) : 0) : 1;
        return 100 * penalty * Math.exp(logs / orders);
    }

    /// Split a text as mteval's 13a tokenizer does.
    static List<String> words(String text) {
        String plain = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
        if (plain.contains("&"))
            plain = plain.replace("&quot;", "\"")
                    .replace("&amp;", "&")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">");
        plain = SYMBOLS.matcher(" " + plain + " ").replaceAll(" $1 ");
        plain = STOP_AFTER.matcher(plain).replaceAll("$1 $2 ");
        plain = STOP_BEFORE.matcher(plain).replaceAll(" $1 $2");
        plain = DASH.matcher(plain).replaceAll("$1 $2 ");
        return Arrays.asList(Match.words(plain));
    }
}
