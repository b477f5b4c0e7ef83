package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensors;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.Golden;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import dev.savile.text.MaskedRow;
import dev.savile.text.TrainingRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class TextLossTest {
    @TempDir
    Path folder;

    @Test
    void theLossIsThatOfPlainLogProbabilities() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                int[] ids = {3, 14, 15, 9, 26};
                double expected = 0;
                try (var scope = Scope.open();
                        var off = Grad.off()) {
                    double[] logProbs = model.logits(model.forward(TokenForest.ofRow(ids), Tuning.NONE), Tuning.NONE)
                            .narrow(0, 0, 4)
                            .logSoftmax(1)
                            .gather(1, Tensors.of(new int[] {14, 15, 9, 26}).unsqueeze(1))
                            .toDoubles();
                    for (double logProb : logProbs) expected -= logProb / 4;
                }
                TextLoss loss = TextLoss.of(
                                model,
                                Tuning.NONE,
                                List.of(MaskedRow.whole(ids)),
                                Progress.none().start("", 1, ""),
                                new StopSignal())
                        .orElseThrow();
                assertThat(loss.loss()).isCloseTo(expected, within(1e-5));
                assertThat(loss.tokens()).isEqualTo(4);
            }
        });
    }

    /// Rows of equal length: the interval is Student's of the rows' means.
    @Test
    void equalRowsGiveStudentsInterval() {
        TextLoss loss = TextLoss.of(List.of(new double[] {10, 10}, new double[] {20, 10}, new double[] {30, 10}));
        assertThat(loss.loss()).isCloseTo(2, within(1e-12));
        double half = 4.302652729911275 / Math.sqrt(3); // t with 2 degrees of freedom, deviation 1, 3 rows
        assertThat(loss.interval().orElseThrow().high()).isCloseTo(2 + half, within(1e-9));
    }

    /// Perplexities of given log-probabilities, of all texts together and of each alone.
    @Test
    void perplexityIsThatOfTheReference() {
        Path file = Golden.shared().resolve("golden2/metrics/perplexity.json");
        JsonNode cases = Json.tree(file).get("cases");
        assertThat(cases.size()).isPositive();
        for (JsonNode one : cases) {
            JsonNode expected = one.get("expected");
            List<double[]> sums = new ArrayList<>();
            double ofTexts = 0;
            for (JsonNode text : one.at("/input/logprobs")) {
                double loss = 0;
                for (JsonNode logProb : text) loss -= logProb.doubleValue();
                double[] row = {loss, text.size()};
                near(
                        TextLoss.of(List.of(row)).perplexity(),
                        expected.get("per_text").get(sums.size()));
                ofTexts += TextLoss.of(List.of(row)).perplexity();
                sums.add(row);
            }
            TextLoss all = TextLoss.of(sums);
            near(all.perplexity(), expected.get("corpus"));
            near(all.loss() / Math.log(2), expected.get("bits_per_token"));
            near(ofTexts / sums.size(), expected.get("mean_of_texts"));
        }
    }

    private static void near(double actual, JsonNode expected) {
        assertThat(actual).isCloseTo(expected.doubleValue(), within(1e-9 * expected.doubleValue()));
    }

    private static Progress.Task stopAfter(int rows, StopSignal stop) {
        return new Progress.Task() {
            private int done;

            @Override
            public void advance(long units) {
                if (++done == rows) stop.request();
            }

            @Override
            public void note(String state) {}

            @Override
            public void close() {}
        };
    }

    @Test
    void whatWasScoredBeforeAStopIsNotScoredAgain() {
        List<TrainingRow> rows = List.of(
                MaskedRow.whole(3, 14, 15, 9, 26),
                new EncodedRow(new int[] {3, 14, 15}, new int[] {9, 26}), // the same tokens, fewer of them learned
                MaskedRow.whole(5, 35, 8, 9));
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                var stop = new StopSignal();
                Progress.Task stopping = stopAfter(2, stop);
                try (AnswerCache cache = AnswerCache.open(folder, "tiny")) {
                    assertThat(TextLoss.of(model, Tuning.NONE, rows, cache, stopping, stop))
                            .isEmpty();
                }
                try (AnswerCache cache = AnswerCache.open(folder, "tiny")) {
                    Progress.Task task = Progress.none().start("", 3, "");
                    Optional<TextLoss> resumed = TextLoss.of(model, Tuning.NONE, rows, cache, task, new StopSignal());
                    assertThat(cache.hits()).isEqualTo(2);
                    assertThat(resumed).isEqualTo(TextLoss.of(model, Tuning.NONE, rows, task, new StopSignal()));
                    assertThat(resumed.orElseThrow().tokens()).isEqualTo(4 + 2 + 3);
                }
            }
        });
    }

    @Test
    void longRowsWeighMore() {
        TextLoss loss = TextLoss.of(List.of(new double[] {1, 1}, new double[] {300, 100}));
        assertThat(loss.loss()).isCloseTo(301 / 101.0, within(1e-12));
        assertThat(loss.perplexity()).isCloseTo(Math.exp(301 / 101.0), within(1e-9));
    }
}
