package dev.savile.select;

import dev.savile.data.LabelledRow;
import dev.savile.engine.Rng;
import dev.savile.evaluate.LabelPrompts;
import dev.savile.evaluate.LabelPrompts.Answer;
import dev.savile.evaluate.metrics.Classification;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.statistics.ItemScores;
import java.util.ArrayList;
import java.util.List;

/// Mark answers against the labels of their rows.
final class Marks {
    private Marks() {}

    /// Say of each answer whether it is right.
    static boolean[] correct(List<Answer> answers, List<LabelledRow> rows) {
        boolean[] correct = new boolean[answers.size()];
        for (int i = 0; i < correct.length; i++)
            correct[i] = answers.get(i).label().equals(rows.get(i).label());
        return correct;
    }

    static double share(boolean[] correct) {
        int right = 0;
        for (boolean value : correct) if (value) right++;
        return correct.length == 0 ? 0 : (double) right / correct.length;
    }

    /// Give each item its credit: labels that share the first place share it.
    static ItemScores credits(List<Answer> answers, List<LabelledRow> rows) {
        List<String> wanted = rows.stream().map(LabelledRow::label).toList();
        return ItemScores.of(LabelPrompts.credits(answers, wanted));
    }

    /// Compute accuracy, macro F1 and their intervals.
    static List<Score> scores(List<Answer> answers, List<LabelledRow> rows, String splitName, Rng rng) {
        List<Prediction> predictions = new ArrayList<>();
        for (Answer answer : answers) predictions.add(new Prediction.Parsed(answer.label()));
        List<String> gold =
                rows.stream().limit(answers.size()).map(LabelledRow::label).toList();
        return Classification.withCredits(gold, predictions, credits(answers, rows))
                .scores("raw,label", splitName, rng);
    }
}
