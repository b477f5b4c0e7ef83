package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.technique.Technique;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.lora.LoraSpec;
import dev.savile.technique.soft.PromptTuningSpec;
import dev.savile.technique.soft.SoftStart;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningRatesTest {
    private static final Technique LORA = new Technique.Lora(LoraSpec.of(8, 16));
    private static final Technique FULL = new Technique.Full(FullSpec.all());
    private static final Technique SOFT = new Technique.PromptTuning(new PromptTuningSpec(20, SoftStart.TEXT, ""));

    @Test
    void theRateOfOneTechniqueIsTooLargeForAnother() {
        double usual = LearningRates.of(LORA, 135_000_000).usual();
        assertThat(usual).isEqualTo(1e-3);
        assertThat(LearningRates.of(LORA, 135_000_000).warning(usual)).isEmpty();
        assertThat(LearningRates.of(FULL, 135_000_000).warning(usual))
                .hasValueSatisfying(text -> assertThat(text).contains("0.001 is above", "1.0E-6 to 5.0E-4", "5.0E-5"));
        assertThat(LearningRates.of(SOFT, 135_000_000).warning(1e-4))
                .hasValueSatisfying(text -> assertThat(text).contains("below"));
    }

    @Test
    void usualRatesLieWithinTheirRanges() {
        for (Technique technique : List.of(LORA, FULL, SOFT, new Technique.Combined(List.of(LORA, SOFT))))
            for (long values : new long[] {135_000_000, 7_000_000_000L}) {
                LearningRates rates = LearningRates.of(technique, values);
                assertThat(rates.warning(rates.usual())).isEmpty();
            }
    }

    @Test
    void partsOfACombinationHaveTheRateOfTheMostCautious() {
        LearningRates both = LearningRates.of(new Technique.Combined(List.of(LORA, SOFT)), 7_000_000_000L);
        assertThat(both).isEqualTo(new LearningRates(2e-4, 5e-5, 3e-2));
    }
}
