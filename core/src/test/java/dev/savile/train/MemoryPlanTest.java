package dev.savile.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.DType;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Memory;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.model.WeightStorage;
import dev.savile.testing.MappedModels;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryPlanTest {
    private static final TrainingOptions OPTIONS = TrainingOptions.of(1e-5).withoutClipping();

    @TempDir
    Path temp;

    /// The sums of the design: masters and averages 12 GB for a billion values, 8 GB with averages in bf16, and bf16
    /// weights of 2 GB where they are not those of a mapped file.
    @Test
    void aBillionValuesFitIntoSixteenAndTwelveGigabytes() {
        long billion = 1_000_000_000;
        ModelSpec spec = TinyModels.llama();
        var loaded = new MemoryPlan.Loaded(billion / 2, 2 * billion, 0, billion / 4 + 2 * billion);
        MemoryPlan plan = MemoryPlan.of(
                spec, DType.BF16, loaded, billion, OPTIONS.withSaving(new MemorySaving(true, true, false)), 256);
        assertThat(plan.values() + plan.moments()).isEqualTo(12 * billion);
        MemoryPlan narrow = MemoryPlan.of(
                spec, DType.BF16, loaded, billion, OPTIONS.withSaving(new MemorySaving(true, true, true)), 256);
        assertThat(narrow.base() + narrow.values() + narrow.moments()).isEqualTo(10 * billion);
        assertThat(plan.sentence())
                .contains("AdamW's averages 8", "trained values 4", "Java and libraries 500 MB", "the model's 2.0 GB");
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
