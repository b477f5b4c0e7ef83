package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.savile.engine.DType;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.model.RotaryScaling;
import dev.savile.model.WeightNames;
import dev.savile.model.WeightStorage;
import dev.savile.testing.MappedModels;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryPlanTest {
    private static final TrainingOptions OPTIONS = TrainingOptions.of(1e-5).withoutClipping();

    @TempDir
    Path temp;

    /// What Java and the libraries take, and a base in mapped files, which full tuning does not read: the 2 GB of bf16
    /// weights that it would otherwise need are not there.
    private static final MemoryPlan.Loaded MAPPED = new MemoryPlan.Loaded(500_000_000, 0, 0, 250_000_000);

    private static ModelSpec decoder(int vocabulary, int keyValueHeads, int layers) {
        return new ModelSpec(
                "llama",
                vocabulary,
                2048,
                32,
                keyValueHeads,
                64,
                8192,
                new ModelSpec.Norm(ModelSpec.Norm.Kind.RMS, 1e-5),
                new ModelSpec.Rotary(10_000, new RotaryScaling.None()),
                Collections.nCopies(layers, 0),
                false,
                ModelSpec.Activation.GATED_SILU,
                true,
                8192,
                WeightNames.llama(false, List.of()));
    }

    /// Number of values of a Llama with a tied head.
    private static long values(ModelSpec spec) {
        long hidden = spec.hidden();
        long attention = 2 * hidden * (spec.queryWidth() + spec.keyValueWidth());
        long layer = attention + 3 * hidden * spec.feedForward() + 2 * hidden;
        return spec.vocabulary() * hidden + spec.layers() * layer + hidden;
    }

    private static MemoryPlan plan(ModelSpec spec, boolean narrowMoments) {
        TrainingOptions options = OPTIONS.withSaving(new MemorySaving(true, true, narrowMoments));
        return MemoryPlan.of(spec, DType.BF16, MAPPED, values(spec), options, options.forestTokens());
    }

    /// The shape of SmolLM2-1.7B with 14 of its 24 layers has a billion values. With everything counted the plan keeps
    /// under 16 GB, and under 12 GB with averages in bf16.
    @Test
    void aBillionValuesFitIntoSixteenAndTwelveGigabytes() {
        ModelSpec spec = decoder(49_152, 32, 14);
        long values = values(spec);
        assertThat(values).isEqualTo(1_040_246_784);
        MemoryPlan plan = plan(spec, false);
        assertThat(plan.values()).isEqualTo(4 * values);
        assertThat(plan.moments()).isEqualTo(8 * values);
        assertThat(plan.total()).isBetween(13_000_000_000L, 16_000_000_000L);
        MemoryPlan narrow = plan(spec, true);
        assertThat(narrow.moments()).isEqualTo(4 * values);
        assertThat(narrow.total()).isBetween(9_000_000_000L, 12_000_000_000L);
        assertThat(plan.sentence()).contains("AdamW's averages 8.3 GB", "trained values 4.2 GB");
    }

    /// Llama-3.2-1B has 1.24 billion values, a fifth of them in its embedding of 128,256 tokens, whose gradient is held
    /// until the end of the backward pass. Masters and averages alone are 14.8 GB, so that the whole comes to 17.1
    /// GB, and to 12.2 GB with averages in bf16: more than the bars for a billion.
    @Test
    void aLargeVocabularyTakesMore() {
        ModelSpec spec = decoder(128_256, 8, 16);
        assertThat(values(spec)).isEqualTo(1_235_814_400);
        assertThat((double) plan(spec, false).total()).isCloseTo(17.1e9, withinPercentage(1));
        assertThat((double) plan(spec, true).total()).isCloseTo(12.2e9, withinPercentage(1));
    }

    @Test
    void whatIsThereAlreadyNeedNotBeFree() {
        var loaded = new MemoryPlan.Loaded(500, 2000, 30, 2300);
        MemoryPlan plan = MemoryPlan.of(TinyModels.llama(), DType.F32, loaded, 10, OPTIONS, 1);
        long training = plan.values() + plan.gradients() + plan.moments() + plan.activations() + plan.head();
        assertThat(plan.beside()).isEqualTo(500 + training);
        assertThat(plan.total()).isEqualTo(2500 + training);
        assertThat(plan.free()).isEqualTo(200 + training);
        MemoryPlan whole =
                MemoryPlan.of(TinyModels.llama(), DType.F32, new MemoryPlan.Loaded(500, 2000, 0, 2300), 10, OPTIONS, 1);
        assertThat(plan.activations() - whole.activations()).isEqualTo(30);
    }

    /// Pages of mapped files count as free, so that a base that is used in place is asked for; one that lies in memory
    /// of its own is taken, and one that is trained is not read.
    @Test
    void theBaseIsCountedWhereItLies() {
        EngineThread.run(() -> {
            ModelSpec spec = MappedModels.wide();
            try (CausalLm inMemory = TinyModels.of(spec)) {
                Path file = MappedModels.write(inMemory, DType.F32, temp.resolve("model.safetensors"));
                long weights = inMemory.weightBytes();
                assertThat(weights).isEqualTo(4 * inMemory.parameters());
                try (CausalLm mapped = MappedModels.load(file, spec, WeightStorage.WHOLE);
                        CausalLm packed = MappedModels.load(file, spec, WeightStorage.NF4)) {
                    MemoryPlan own = MemoryPlan.of(inMemory, 100, OPTIONS);
                    assertThat(own.process()).isGreaterThan(Memory.bytesAtStart());
                    assertThat(own.base()).isEqualTo(weights);
                    assertThat(own.taken()).isEqualTo(Memory.bytesAtStart() + weights);
                    MemoryPlan lora = MemoryPlan.of(mapped, 100, OPTIONS);
                    assertThat(lora.total()).isEqualTo(own.total());
                    assertThat(lora.free()).isEqualTo(own.free() + weights);
                    MemoryPlan full = MemoryPlan.of(mapped, mapped.parameters(), OPTIONS);
                    assertThat(full.base()).isZero();
                    assertThat(MemoryPlan.of(inMemory, mapped.parameters(), OPTIONS)
                                    .base())
                            .isEqualTo(weights);
                    MemoryPlan narrow = MemoryPlan.of(packed, 100, OPTIONS);
                    assertThat(narrow.base()).isLessThan(weights / 7);
                    // The largest weight whole, and the places in the table of levels that it is made from.
                    assertThat(narrow.activations() - own.activations()).isEqualTo(256 * 2048 * (4 + 4 / 4));
                }
            }
        });
    }
}
