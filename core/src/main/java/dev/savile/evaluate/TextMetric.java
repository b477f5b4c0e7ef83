package dev.savile.evaluate;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import dev.savile.evaluate.TextAnswers.Item;
import dev.savile.evaluate.answers.BoundedRegex;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.metrics.text.Bleu;
import dev.savile.evaluate.metrics.text.ChrF;
import dev.savile.evaluate.metrics.text.Edit;
import dev.savile.evaluate.metrics.text.Match;
import dev.savile.evaluate.metrics.text.Normalisation;
import dev.savile.evaluate.metrics.text.Rouge;
import dev.savile.evaluate.metrics.text.SlotErrors;
import dev.savile.evaluate.metrics.text.Ter;
import dev.savile.evaluate.statistics.BootstrapDraws;
import dev.savile.evaluate.statistics.ClusteredMean;
import dev.savile.evaluate.statistics.Clusters;
import dev.savile.evaluate.statistics.Interval;
import dev.savile.evaluate.statistics.Proportion;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A measure of written answers, with what is done to texts before they are compared: `token_f1(squad)`.
///
/// @param measure       what is measured
/// @param normalisation what makes texts comparable; for measures with words of their own it is not used
public record TextMetric(Measure measure, Normalisation normalisation) {
    private static final int DRAWS = 2_000;
    /// What leaves a text as a pattern means it; `(?i)` in the pattern ignores case.
    private static final List<Normalisation> OF_PATTERNS = List.of(Normalisation.RAW, Normalisation.TRIM);

    private static final Pattern NAME = Pattern.compile("(\\w+)(?:\\((\\w+)\\))?");

    /// What is measured. Scores of the items of `SHARE` are 0 or 1, of `MEAN` from 0 to 1; those of `CORPUS` are taken
    /// of all texts together.
    public enum Measure {
        EXACT_MATCH("exact_match", Normalisation.TRIM, Form.SHARE),
        PREFIX("prefix", Normalisation.TRIM, Form.SHARE),
        CONTAINS("contains", Normalisation.CASE, Form.SHARE),
        /// References are regular expressions, one of which is to be found.
        REGEX("regex", Normalisation.TRIM, Form.SHARE),
        TOKEN_F1("token_f1", Normalisation.SQUAD, Form.MEAN),
        ROUGE_1("rouge1", "ascii", Form.MEAN),
        ROUGE_2("rouge2", "ascii", Form.MEAN),
        ROUGE_L("rougeL", "ascii", Form.MEAN),
        ROUGE_LSUM("rougeLsum", "ascii", Form.MEAN),
        EDIT_SIMILARITY("edit_similarity", Normalisation.TRIM, Form.MEAN),
        CHRF("chrF", "raw", Form.CORPUS),
        BLEU("bleu", "13a", Form.CORPUS),
        TER("ter", "tercom", Form.CORPUS),
        SLOT_ERROR_RATE("slot_error_rate", "case", Form.CORPUS);

        private final String id;
        private final Normalisation usual;
        private final String words;
        private final Form form;

        Measure(String id, Normalisation usual, Form form) {
            this.id = id;
            this.usual = usual;
            this.words = "";
            this.form = form;
        }

        Measure(String id, String words, Form form) {
            this.id = id;
            this.usual = Normalisation.RAW;
            this.words = words;
            this.form = form;
        }

        public String id() {
            return id;
        }

        /// Whether an answer is right or wrong by it, with nothing in between.
        public boolean share() {
            return form == Form.SHARE;
        }

        /// Whether a higher score is a better one.
        public boolean higherIsBetter() {
            return this != TER && this != SLOT_ERROR_RATE;
        }
    }

    private enum Form {
        SHARE,
        MEAN,
        CORPUS
    }

    public static TextMetric of(Measure measure) {
        return new TextMetric(measure, measure.usual);
    }

    /// Read a name such as `rougeL` or `exact_match(number)`.
    ///
    /// @throws UserError `metric.unknown`, `metric.normalisation`
    public static TextMetric of(String name) {
        Matcher parts = NAME.matcher(name.strip());
        String id = parts.matches() ? parts.group(1) : name;
        for (Measure measure : Measure.values()) {
            if (!measure.id.equalsIgnoreCase(id)) continue;
            String given = parts.group(2);
            if (given == null || given.equals(measure.words)) return of(measure);
            if (!measure.words.isEmpty()) throw normalisation(name, List.of(measure.words));
            List<Normalisation> fitting = measure == Measure.REGEX ? OF_PATTERNS : List.of(Normalisation.values());
            for (Normalisation one : fitting) if (one.label().equals(given)) return new TextMetric(measure, one);
            throw normalisation(name, fitting.stream().map(Normalisation::label).toList());
        }
        List<String> known = Arrays.stream(Measure.values()).map(Measure::id).toList();
        throw new UserError(
                "metric.unknown",
                "'" + name + "' is no measure of written answers",
                "answers would not be scored by it",
                Nearest.hint(id, known) + "there are: " + String.join(", ", known));
    }

    private static UserError normalisation(String name, List<String> known) {
        return new UserError(
                "metric.normalisation",
                "the metric '" + name + "' names a normalisation that it does not have",
                "texts are made comparable by it",
                "use one of: " + String.join(", ", known));
    }

    /// Return what stands in the parentheses of its printed name.
    public String words() {
        return measure.words.isEmpty() ? normalisation.label() : measure.words;
    }

    /// Return its printed name.
    public String name() {
        return measure.id + "(" + words() + ")";
    }

    /// Refuse references that it could not compare an answer with, before one is written.
    ///
    /// @throws UserError `metric.regex`
    public void require(List<String> references) {
        if (ofPatterns()) references.forEach(BoundedRegex::require);
    }

    /// Whether its references are patterns, and no answers.
    public boolean ofPatterns() {
        return measure == Measure.REGEX;
    }

    /// Score one answer, 0 to 1, higher is better; for measures of all texts together that of this one alone.
    public double credit(Item item) {
        if (!item.read()) return 0;
        return switch (measure) {
            case EXACT_MATCH -> Match.exact(item.answer(), item.references(), normalisation);
            case PREFIX -> Match.prefix(item.answer(), item.references(), normalisation);
            case CONTAINS -> Match.contains(item.answer(), item.references(), normalisation);
            case REGEX -> {
                String answer = normalisation.apply(item.answer());
                yield item.references().stream().anyMatch(pattern -> BoundedRegex.found(pattern, answer)) ? 1 : 0;
            }
            case TOKEN_F1 -> Match.wordF1(item.answer(), item.references(), normalisation);
            case ROUGE_1 -> best(item, reference -> Rouge.runs(item.answer(), reference, 1));
            case ROUGE_2 -> best(item, reference -> Rouge.runs(item.answer(), reference, 2));
            case ROUGE_L -> best(item, reference -> Rouge.longest(item.answer(), reference));
            case ROUGE_LSUM -> best(item, reference -> Rouge.longestOfSentences(item.answer(), reference));
            case EDIT_SIMILARITY ->
                item.references().stream()
                        .mapToDouble(reference ->
                                Edit.similarity(normalisation.apply(item.answer()), normalisation.apply(reference)))
                        .max()
                        .orElseThrow();
            case CHRF -> ChrF.of(item.answer(), item.references(), 0).score() / 100;
            case BLEU -> Bleu.of(item.answer(), item.references()).sentenceScore() / 100;
            case TER -> Math.max(0, 1 - Ter.of(item.answer(), item.references()).score() / 100);
            case SLOT_ERROR_RATE ->
                item.slots().isEmpty()
                        ? 1
                        : 1
                                - (double) SlotErrors.of(item.answer(), item.slots(), item.slots())
                                                .missing()
                                        / item.slots().size();
        };
    }

    private static double best(Item item, Function<String, Rouge.Score> score) {
        return item.references().stream()
                .mapToDouble(reference -> score.apply(reference).f1())
                .max()
                .orElseThrow();
    }

    /// Score all answers: a share with the interval of a share, anything else with the percentile interval of 2,000
    /// resamples, or where all of them are alike that of a share.
    ///
    /// @param clusters which items hang together
    Score score(List<Item> items, Clusters clusters, String split, long seed) {
        return switch (measure.form) {
            case SHARE -> share(items, clusters, split);
            case MEAN -> {
                double[] credits = items.stream().mapToDouble(this::credit).toArray();
                yield resampled(clusters, split, seed, drawn -> {
                    double sum = 0;
                    for (int unit : drawn) sum += credits[unit];
                    return sum / drawn.length;
                });
            }
            case CORPUS -> resampled(clusters, split, seed, corpus(items));
        };
    }

    /// Return the score of any of the items together, higher is better; nothing where it is the mean of their credits.
    public Optional<BootstrapDraws.Statistic> ofAll(List<Item> items) {
        if (measure.form != Form.CORPUS) return Optional.empty();
        BootstrapDraws.Statistic score = corpus(items);
        return Optional.of(measure.higherIsBetter() ? score : drawn -> 1 - score.of(drawn));
    }

    private Score share(List<Item> items, Clusters clusters, String split) {
        double[] right =
                items.stream().mapToDouble(item -> credit(item) > 0 ? 1 : 0).toArray();
        double value = ClusteredMean.mean(right);
        return new Score(
                measure.id,
                words(),
                split,
                items.size(),
                value,
                ClusteredMean.ofShare(right, clusters, Score.LEVEL).including(value));
    }

    private BootstrapDraws.Statistic corpus(List<Item> items) {
        return switch (measure) {
            case CHRF ->
                summed(
                        items,
                        item -> ChrF.of(item.answer(), item.references(), 0),
                        some -> ChrF.sum(some).score() / 100);
            case BLEU ->
                summed(
                        items,
                        item -> Bleu.of(item.answer(), item.references()),
                        some -> Bleu.sum(some).score() / 100);
            case TER ->
                summed(
                        items,
                        item -> Ter.of(item.answer(), item.references()),
                        some -> Ter.sum(some).score() / 100);
            case SLOT_ERROR_RATE -> {
                Set<String> domain = new LinkedHashSet<>();
                for (Item item : items) domain.addAll(item.slots());
                if (domain.isEmpty()) throw noSlots("no row has any");
                yield summed(
                        items,
                        item -> SlotErrors.of(item.answer(), item.slots(), domain),
                        some -> SlotErrors.sum(some).slots() == 0
                                ? 0
                                : SlotErrors.sum(some).rate());
            }
            default -> throw new IllegalStateException(measure + " is not taken of all texts together");
        };
    }

    /// The parts of each text are counted once; a resample only adds them up.
    private static <T> BootstrapDraws.Statistic summed(
            List<Item> items, Function<Item, T> parts, java.util.function.ToDoubleFunction<List<T>> sum) {
        List<T> counted = items.stream().map(parts).toList();
        return drawn ->
                sum.applyAsDouble(Arrays.stream(drawn).mapToObj(counted::get).toList());
    }

    private Score resampled(Clusters clusters, String split, long seed, BootstrapDraws.Statistic statistic) {
        BootstrapDraws draws = BootstrapDraws.of(
                clusters.count(), DRAWS, Rng.of(seed, "bootstrap", measure.id), clusters.drawn(statistic));
        double value = draws.estimate();
        Interval interval = draws.percentile(Score.LEVEL);
        if (clusters.count() < 2) interval = new Interval(0, 1); // a single cluster tells nothing of the spread
        else if (draws.collapsed()) // all alike: as wide as that of a share
        interval = Proportion.wilson(Math.clamp(value, 0, 1) * clusters.count(), clusters.count(), Score.LEVEL);
        return new Score(measure.id, words(), split, clusters.items(), value, interval.including(value));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @param why there are none
    public static UserError noSlots(String why) {
        return new UserError(
                "metric.slots",
                "slot_error_rate needs values that answers are to mention, and " + why,
                "there is nothing to look for",
                "name their field with 'slots: FIELD', or use another metric");
    }
}
