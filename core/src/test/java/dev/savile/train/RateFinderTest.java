package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Rng;
import dev.savile.model.CausalLm;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.lora.LoraTuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateFinderTest {
    @Test
    void theSuggestionLiesWhereTheLossFallsFastest() {
        List<RateFinder.Point> points = new ArrayList<>();
        double[] losses = {3, 3, 2.99, 2.9, 2.5, 1.9, 1.7, 1.65, 1.8, 3};
        for (int i = 0; i < losses.length; i++) points.add(new RateFinder.Point(Math.pow(10, -6 + i * 0.6), losses[i]));
        assertThat(RateFinder.suggestion(points)).isEqualTo(points.get(4).rate());
    }

    @Test
    void aLossThatNeverFallsSuggestsNothing() {
        List<RateFinder.Point> points = new ArrayList<>();
        for (int i = 0; i < 6; i++) points.add(new RateFinder.Point(i + 1, 3 + i));
        assertThat(RateFinder.suggestion(points)).isNaN();
    }

    @Test
    void aRealRunTriesRisingRatesAndSuggestsOneOfThem() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama());
                    LoraTuning lora = LoraTuning.fresh(LoraSpec.of(8, 16), model, 1)) {
                var rng = Rng.of(1, "rows");
                List<EncodedRow> rows = new ArrayList<>();
                for (int i = 0; i < 24; i++)
                    rows.add(new EncodedRow(new int[] {rng.nextInt(90), rng.nextInt(90)}, new int[] {7, 11}));
                var result = RateFinder.find(
                        model, lora, rows, TrainingOptions.of(1e-3), 40, Progress.none(), new StopSignal());
                for (int i = 1; i < result.points().size(); i++)
                    assertThat(result.points().get(i).rate())
                            .isGreaterThan(result.points().get(i - 1).rate());
                assertThat(result.suggestion()).isBetween(1e-5, 0.5);
            }
        });
    }
}
