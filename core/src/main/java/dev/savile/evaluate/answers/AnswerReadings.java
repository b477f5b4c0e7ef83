package dev.savile.evaluate.answers;

import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Rate;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.ItemScores;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What one pipeline reads out of the generations of all items.
///
/// @param pipeline what read them
/// @param answers  one per item, in the order of the items
public record AnswerReadings(AnswerPipeline pipeline, List<Prediction> answers) {
    public AnswerReadings {
        answers = List.copyOf(answers);
        if (answers.isEmpty()) throw new IllegalArgumentException("there is no answer to score");
    }

    /// Let a pipeline read generations.
    public static AnswerReadings of(AnswerPipeline pipeline, List<String> generations) {
        return new AnswerReadings(
                pipeline, generations.stream().map(pipeline::read).toList());
    }

    /// Let several pipelines read the same generations.
    public static List<AnswerReadings> all(List<AnswerPipeline> pipelines, List<String> generations) {
        return pipelines.stream().map(pipeline -> of(pipeline, generations)).toList();
    }

    /// Return 1 for each item whose answer is one of its references, else 0; what was not read is wrong.
    ///
    /// @param references of each item, one or several
    public ItemScores credits(List<List<String>> references) {
        if (references.size() != answers.size())
            throw new IllegalArgumentException(references.size() + " items, but " + answers.size() + " answers");
        boolean[] right = new boolean[answers.size()];
        for (int i = 0; i < right.length; i++) right[i] = pipeline.right(answers.get(i), references.get(i));
        return ItemScores.of(right);
    }

    /// Return the share of right answers as a score, `exact_match(number,strict)`.
    public Score exactMatch(List<List<String>> references, String split) {
        ItemScores credits = credits(references);
        Rate rate = Rate.of(Math.round(credits.mean() * credits.size()), credits.size());
        return new Score("exact_match", pipeline.form(), split, rate.n(), rate.value(), rate.interval());
    }

    /// Return the share of generations that could not be read.
    public Rate unparsed() {
        return Rate.of(
                answers.stream().filter(Prediction.Unparsed.class::isInstance).count(), answers.size());
    }

    /// Count why generations could not be read.
    public Map<String, Integer> reasons() {
        Map<String, Integer> reasons = new TreeMap<>();
        for (Prediction answer : answers)
            if (answer instanceof Prediction.Unparsed(String reason)) reasons.merge(reason, 1, Integer::sum);
        return reasons;
    }
}
