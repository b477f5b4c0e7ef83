package dev.savile.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensors;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.MaskedRow;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextLossTest {
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

    @Test
    void longRowsWeighMore() {
        TextLoss loss = TextLoss.of(List.of(new double[] {1, 1}, new double[] {300, 100}));
        assertThat(loss.loss()).isCloseTo(301 / 101.0, within(1e-12));
        assertThat(loss.perplexity()).isCloseTo(Math.exp(301 / 101.0), within(1e-9));
    }
}
