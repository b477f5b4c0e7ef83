package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.Rng;
import dev.savile.evaluate.answers.AnswerPipeline;
import dev.savile.evaluate.answers.AnswerReadings;
import dev.savile.evaluate.answers.Extractor;
import dev.savile.evaluate.judge.AnswerPair;
import dev.savile.evaluate.judge.JudgedComparison;
import dev.savile.evaluate.judge.PairJudgement;
import dev.savile.evaluate.judge.Tally;
import dev.savile.evaluate.metrics.Calibration;
import dev.savile.evaluate.metrics.Classification;
import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.Score;
import dev.savile.evaluate.metrics.text.Normalisation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// No score without an interval: not that of a corpus, not that of a single language model.
class EveryMetricTest {
    private static final int ITEMS = 40;

    @Test
    void everyScoreHasAnIntervalOfSomeWidthAndANameOfItsOwn() {
        List<Score> scores = new ArrayList<>();
        scores.addAll(labels());
        scores.addAll(texts());
        scores.addAll(confidences());
        scores.add(readings());
        scores.add(judgements());
        assertThat(scores)
                .extracting(Score::name)
                .containsExactly(
                        "accuracy(raw)",
                        "macro_f1(raw)",
                        "mcc(raw)",
                        "exact_match(trim)",
                        "exact_match(squad)",
                        "token_f1(squad)",
                        "rougeL(ascii)",
                        "chrF(raw)",
                        "bleu(13a)",
                        "ece10(raw)",
                        "brier_top(raw)",
                        "brier(raw)",
                        "exact_match(number,flexible)",
                        "win_rate(judge,rubric-1)");
        for (Score score : scores) {
            assertThat(score.n()).as(score.name()).isEqualTo(ITEMS);
            assertThat(score.interval().contains(score.value()))
                    .as(score.name())
                    .isTrue();
            assertThat(score.interval().width()).as(score.name()).isBetween(0.01, 1.0);
        }
    }

    @Test
    void perplexityHasAnInterval() {
        List<double[]> rows = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) rows.add(new double[] {20 + i % 7, 10 + i % 3});
        assertThat(TextLoss.of(rows).interval().orElseThrow().width()).isPositive();
    }

    private static List<Score> labels() {
        List<String> gold = new ArrayList<>();
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            gold.add(i % 2 == 0 ? "a" : "b");
            predictions.add(new Prediction.Parsed(i % 5 == 0 ? "a" : gold.get(i)));
        }
        return Classification.of(gold, predictions).scores("raw", "test", Rng.of(1));
    }

    private static List<Score> texts() {
        List<TextAnswers.Item> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++)
            items.add(new TextAnswers.Item(
                    i % 3 == 0 ? "the cat sat on the mat" : "the cat lay on a mat number " + i,
                    List.of("the cat sat on the mat")));
        return new TextAnswers(items).scores("test", 1);
    }

    private static List<Score> confidences() {
        double[] confidence = new double[ITEMS];
        boolean[] correct = new boolean[ITEMS];
        List<double[]> probabilities = new ArrayList<>();
        int[] gold = new int[ITEMS];
        for (int i = 0; i < ITEMS; i++) {
            confidence[i] = 0.5 + (i % 5) / 10.0;
            correct[i] = i % 4 > 0;
            probabilities.add(new double[] {confidence[i], 1 - confidence[i]});
            gold[i] = correct[i] ? 0 : 1;
        }
        Calibration calibration = Calibration.of(confidence, correct);
        return List.of(
                calibration.expectedError("raw", "test", Rng.of(1)),
                calibration.brierTop("raw", "test"),
                Calibration.brier("raw", "test", probabilities, gold));
    }

    private static Score readings() {
        List<String> generations = new ArrayList<>();
        List<List<String>> references = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            generations.add(i % 3 == 0 ? "I do not know" : "it is " + i);
            references.add(List.of(String.valueOf(i)));
        }
        var pipeline = new AnswerPipeline("flexible", Extractor.of(List.of("last_number")), Normalisation.NUMBER);
        return AnswerReadings.of(pipeline, generations).exactMatch(references, "test");
    }

    private static Score judgements() {
        List<PairJudgement> judgements = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            var tally = new Tally(i % 3, 1, 0, 0);
            judgements.add(new PairJudgement(new AnswerPair("p" + i, "?", "a", "b"), tally, tally));
        }
        return new JudgedComparison("judge", "rubric-1", false, judgements)
                .winRate("test")
                .orElseThrow();
    }
}
