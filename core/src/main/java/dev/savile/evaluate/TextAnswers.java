package dev.savile.evaluate;

import dev.savile.engine.Rng;
import dev.savile.evaluate.metrics.Rate;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.metrics.text.Bleu;
import dev.savile.evaluate.metrics.text.ChrF;
import dev.savile.evaluate.metrics.text.Match;
import dev.savile.evaluate.metrics.text.Normalisation;
import dev.savile.evaluate.metrics.text.Rouge;
import dev.savile.evaluate.statistics.BootstrapDraws;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// How near written answers come to their references.
///
/// Shares of exact answers have Wilson's interval; everything else the percentile interval of 2,000 resamples of the
/// items, for scores of a whole corpus too. All scores are 0 to 1.
///
/// @param items at least one
public record TextAnswers(List<Item> items) {
    private static final int DRAWS = 2_000;

    /// @param answer     as it was written
    /// @param references one or several that would do
    public record Item(String answer, List<String> references) {
        public Item {
            references = List.copyOf(references);
            if (references.isEmpty()) throw new IllegalArgumentException("an answer needs a reference");
        }

        /// 0 or 1: the answer is a reference, white space at the ends aside.
        public double exact() {
            return Match.exact(answer, references, Normalisation.TRIM);
        }

        public double wordF1() {
            return Match.wordF1(answer, references, Normalisation.SQUAD);
        }

        public double rougeL() {
            return references.stream()
                    .mapToDouble(reference -> Rouge.longest(answer, reference).f1())
                    .max()
                    .orElseThrow();
        }
    }

    public TextAnswers {
        items = List.copyOf(items);
        if (items.isEmpty()) throw new IllegalArgumentException("there is no answer to score");
    }

    /// Score all answers.
    ///
    /// @param split which rows they are, for the scores' names
    /// @param seed  of the resamples
    public List<Score> scores(String split, long seed) {
        List<Bleu> bleu = items.stream()
                .map(item -> Bleu.of(item.answer, item.references))
                .toList();
        List<ChrF> chrf = items.stream()
                .map(item -> ChrF.of(item.answer, item.references, 0))
                .toList();
        return List.of(
                share("exact_match", "trim", split, Item::exact),
                share(
                        "exact_match",
                        "squad",
                        split,
                        item -> Match.exact(item.answer, item.references, Normalisation.SQUAD)),
                mean("token_f1", "squad", split, seed, Item::wordF1),
                mean("rougeL", "ascii", split, seed, Item::rougeL),
                corpus(
                        "chrF",
                        "raw",
                        split,
                        seed,
                        drawn -> ChrF.sum(picked(chrf, drawn)).score() / 100),
                corpus(
                        "bleu",
                        "13a",
                        split,
                        seed,
                        drawn -> Bleu.sum(picked(bleu, drawn)).score() / 100));
    }

    private static <T> List<T> picked(List<T> all, int[] drawn) {
        return Arrays.stream(drawn).mapToObj(all::get).toList();
    }

    private Score share(String metric, String normalisation, String split, ToDoubleFunction<Item> right) {
        long count =
                items.stream().filter(item -> right.applyAsDouble(item) > 0).count();
        Rate rate = Rate.of(count, items.size());
        return new Score(metric, normalisation, split, rate.n(), rate.value(), rate.interval());
    }

    private Score mean(String metric, String normalisation, String split, long seed, ToDoubleFunction<Item> score) {
        double[] values = items.stream().mapToDouble(score).toArray();
        return corpus(metric, normalisation, split, seed, drawn -> {
            double sum = 0;
            for (int unit : drawn) sum += values[unit];
            return sum / drawn.length;
        });
    }

    private Score corpus(
            String metric, String normalisation, String split, long seed, BootstrapDraws.Statistic statistic) {
        BootstrapDraws draws = BootstrapDraws.of(items.size(), DRAWS, Rng.of(seed, "bootstrap", metric), statistic);
        double value = draws.estimate();
        return new Score(
                metric,
                normalisation,
                split,
                items.size(),
                value,
                draws.percentile(Score.LEVEL).including(value));
    }
}
