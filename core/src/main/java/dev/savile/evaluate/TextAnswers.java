package dev.savile.evaluate;

import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.metrics.text.Normalisation;
import dev.savile.evaluate.statistics.Clusters;
import java.util.List;

/// How near written answers come to their references.
///
/// @param items at least one
public record TextAnswers(List<Item> items) {
    /// What is measured where nothing else is asked for.
    public static final List<TextMetric> USUAL = List.of(
            TextMetric.of(TextMetric.Measure.EXACT_MATCH),
            new TextMetric(TextMetric.Measure.EXACT_MATCH, Normalisation.SQUAD),
            TextMetric.of(TextMetric.Measure.TOKEN_F1),
            TextMetric.of(TextMetric.Measure.ROUGE_L),
            TextMetric.of(TextMetric.Measure.CHRF),
            TextMetric.of(TextMetric.Measure.BLEU));

    /// @param answer     as it was written
    /// @param references one or several that would do
    /// @param slots      values that the answer is to mention; empty for none
    /// @param read       whether there is an answer; one that could not be read, or was never given, is right about
    ///     nothing, not even about a reference without a word that counts
    public record Item(String answer, List<String> references, List<String> slots, boolean read) {
        public Item {
            references = List.copyOf(references);
            slots = List.copyOf(slots);
            if (references.isEmpty()) throw new IllegalArgumentException("an answer needs a reference");
        }

        public Item(String answer, List<String> references, List<String> slots) {
            this(answer, references, slots, true);
        }

        public Item(String answer, List<String> references) {
            this(answer, references, List.of());
        }

        /// No answer.
        public static Item unread(List<String> references, List<String> slots) {
            return new Item("", references, slots, false);
        }

        /// 0 or 1: the answer is a reference, white space at the ends aside.
        public double exact() {
            return TextMetric.of(TextMetric.Measure.EXACT_MATCH).credit(this);
        }

        public double wordF1() {
            return TextMetric.of(TextMetric.Measure.TOKEN_F1).credit(this);
        }

        public double rougeL() {
            return TextMetric.of(TextMetric.Measure.ROUGE_L).credit(this);
        }
    }

    public TextAnswers {
        items = List.copyOf(items);
        if (items.isEmpty()) throw new IllegalArgumentException("there is no answer to score");
    }

    /// Score all answers by the usual metrics.
    ///
    /// @param split which rows they are, for the scores' names
    /// @param seed  of the resamples
    public List<Score> scores(String split, long seed) {
        return scores(USUAL, split, seed);
    }

    public List<Score> scores(List<TextMetric> metrics, String split, long seed) {
        return scores(metrics, Clusters.singletons(items.size()), split, seed);
    }

    /// @param clusters which items hang together
    public List<Score> scores(List<TextMetric> metrics, Clusters clusters, String split, long seed) {
        return metrics.stream()
                .map(metric -> metric.score(items, clusters, split, seed))
                .toList();
    }
}
