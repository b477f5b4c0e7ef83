package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.engine.DType;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.TokenForest;
import dev.savile.technique.full.FullSpec;
import dev.savile.technique.full.FullTuning;
import dev.savile.testing.MappedModels;
import dev.savile.testing.TinyModels;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was read from a mapped file once does not stay in memory, and is there again when it is asked for.
class MappedWeightsTest {
    /// Reading a page brings some around it, which may belong to a weight that was given back.
    private static final double NEIGHBOURS = 0.2;

    private static final ModelSpec SPEC = MappedModels.wide();

    @TempDir
    Path temp;

    @Test
    void weightsThatAreUsedInPlaceStayResident() {
        EngineThread.run(() -> {
            Path file = file(DType.F32);
            try (CausalLm model = MappedModels.load(file, SPEC, WeightStorage.WHOLE)) {
                assertThat(model.mappedBytes()).isEqualTo(model.weightBytes());
                logits(model);
                assertThat(MappedModels.residentShare(file)).isGreaterThan(0.9);
            }
        });
    }

    @Test
    void packingGivesThePagesBackAndRoundsAsInMemory() {
        EngineThread.run(() -> {
            Path file = file(DType.F32);
            try (CausalLm inMemory = TinyModels.of(SPEC);
                    CausalLm model = MappedModels.load(file, SPEC, WeightStorage.NF4);
                    var scope = Scope.open()) {
                assertThat(MappedModels.residentShare(file)).isLessThan(NEIGHBOURS);
                assertThat(model.mappedBytes()).isLessThan(model.parameters());
                for (int i = 0; i < model.linears().size() - 1; i++) { // the tied head is not packed
                    Linear linear = model.linears().get(i);
                    try (Nf4 expected = Nf4.of(inMemory.linears().get(i).weight(), DType.F32)) {
                        assertThat(linear.weight().toFloats())
                                .as(linear.path())
                                .isEqualTo(expected.dense().toFloats());
                    }
                }
            }
        });
    }

    @Test
    void convertingGivesThePagesBack() {
        EngineThread.run(() -> {
            Path file = file(DType.BF16);
            try (CausalLm inMemory = TinyModels.of(SPEC);
                    CausalLm model = MappedModels.load(file, SPEC, WeightStorage.WHOLE);
                    var scope = Scope.open()) {
                assertThat(MappedModels.residentShare(file)).isLessThan(NEIGHBOURS);
                assertThat(model.mappedBytes()).isZero();
                for (String name : model.weights().names()) {
                    Tensor rounded = inMemory.weights().tensor(name).to(DType.BF16);
                    assertThat(model.weights().tensor(name).toFloats()).as(name).isEqualTo(rounded.toFloats());
                }
            }
        });
    }

    @Test
    void copiesThatAreTrainedStandInForThePages() {
        EngineThread.run(() -> {
            Path file = file(DType.F32);
            try (CausalLm model = MappedModels.load(file, SPEC, WeightStorage.WHOLE)) {
                float[] before = logits(model);
                try (FullTuning full = FullTuning.fresh(FullSpec.all(), model)) {
                    assertThat(MappedModels.residentShare(file)).isLessThan(NEIGHBOURS);
                    assertThat(logits(model, full)).isEqualTo(before);
                    assertThat(MappedModels.residentShare(file)).isLessThan(NEIGHBOURS);
                }
                assertThat(logits(model)).isEqualTo(before);
            }
        });
    }

    private Path file(DType type) {
        try (CausalLm model = TinyModels.of(SPEC)) {
            return MappedModels.write(model, type, temp.resolve("model.safetensors"));
        }
    }

    private static float[] logits(CausalLm model) {
        return logits(model, Tuning.NONE);
    }

    private static float[] logits(CausalLm model, Tuning tuning) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            TokenForest forest = TokenForest.ofRow(3, 14, 15, 9, 2);
            return model.logits(model.forward(forest, tuning), tuning).toFloats();
        }
    }
}
