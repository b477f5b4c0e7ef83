package dev.savile.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.AutogradState;
import org.junit.jupiter.api.Test;

class EngineTest {
    @Test
    void aTensorDiesWithItsScopeUnlessItIsKept() {
        EngineThread.run(() -> {
            Tensor kept;
            Tensor lost;
            try (var outer = Scope.open()) {
                try (var inner = Scope.open()) {
                    lost = Tensors.ones(DType.F32, Device.CPU, 3);
                    kept = inner.keep(Tensors.full(2, DType.F32, Device.CPU, 3));
                }
                assertThat(kept.toFloats()).containsExactly(2, 2, 2);
                assertThatThrownBy(lost::toFloats).isInstanceOf(NullPointerException.class);
            }
            assertThatThrownBy(kept::toFloats).isInstanceOf(NullPointerException.class);
        });
    }

    @Test
    void aThousandStepsLeaveNoNativeObjectBehind() {
        EngineThread.run(() -> {
            Tensor weight = Tensors.ones(DType.F32, Device.CPU, 64, 64).retain().requireGradient(true);
            long afterWarmUp = 0;
            for (int step = 0; step < 1000; step++) {
                try (var scope = Scope.open()) {
                    Tensor x = Tensors.ones(DType.F32, Device.CPU, 8, 64);
                    Ops.linear(x, weight).squared().sum().backward();
                    Ops.squaredNorm(List.of(weight.gradient()));
                }
                weight.clearGradient();
                if (step == 200) afterWarmUp = Memory.nativeBytes();
            }
            assertThat(Memory.nativeBytes()).isLessThanOrEqualTo(afterWarmUp);
            weight.release();
        });
    }

    @Test
    void errorsOfTheLibraryAreCutToTheirFirstLine() {
        assertThatThrownBy(() -> EngineThread.run(() -> {
                    try (var scope = Scope.open()) {
                        Tensors.ones(DType.F32, Device.CPU, 2, 3).matmul(Tensors.ones(DType.F32, Device.CPU, 2, 3));
                    }
                }))
                .isInstanceOf(TorchError.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void mappedTensorsRefuseToBeChanged() {
        EngineThread.run(() -> {
            try (Arena arena = Arena.ofConfined();
                    var scope = Scope.open()) {
                MemorySegment memory = arena.allocate(16, 64);
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 5);
                Tensor mapped = Tensors.mapped(memory, DType.F32, 2, 2);
                assertThat(mapped.toFloats()).containsExactly(0, 5, 0, 0);
                assertThatThrownBy(() -> mapped.transposed().fillInPlace(1)).isInstanceOf(IllegalStateException.class);
            }
        });
    }

    void aTensorInColumnsIsNoRow() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor matrix = Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
                matrix.flat().narrow(0, 4, 1).fillInPlace(9);
                assertThat(matrix.toFloats()).containsExactly(1, 2, 3, 4, 9, 6);
                Tensor transposed = matrix.transposed();
                assertThatThrownBy(() -> EngineThread.run(transposed::flat)).isInstanceOf(TorchError.class);
            }
        });
    }

    void whatTheProcessTookAtTheStartIsPartOfItsPeak() {
        EngineThread.run(() -> {
            assertThat(Memory.bytesAtStart()).isPositive();
            if (Memory.peakBytes() > 0) assertThat(Memory.bytesAtStart()).isLessThanOrEqualTo(Memory.peakBytes());
        });
    }

    @Test
    void rowsOfFourAreLookedUpAsByEmbedding() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                float[] values = new float[4 * 300];
                var rng = Rng.of(1, "quads");
                for (int i = 0; i < values.length; i++) values[i] = (float) rng.nextGaussian();
                values[5] = Float.NaN;
                values[9] = -0f;
                Tensor table = Tensors.of(values, 300, 4);
                Tensor places = Tensors.of(new int[] {299, 0, 1, 2, 1, 150});
                float[] expected = Ops.embedding(table, places).toFloats();
                assertThat(Ops.quads(table, places).toFloats()).isEqualTo(expected);
                assertThat(Ops.quads(table, places.to(DType.I32)).toFloats()).isEqualTo(expected);
            }
        });
    }

    /// Pieces are updated one by one where that needs less memory.

    void adamWInPiecesHasTheBitsOfTheWhole() {
        EngineThread.run(() -> {
            int count = 1000;
            for (int size : new int[] {16, 304, 1000}) {
                try (var scope = Scope.open()) {
                    List<Tensor> whole = new ArrayList<>();
                    List<Tensor> pieces = new ArrayList<>();
                    for (int i = 0; i < 4; i++) {
                        float[] values = new float[count];
                        var rng = Rng.of(i, "adamw");
                        for (int k = 0; k < count; k++) values[k] = (float) Math.abs(rng.nextGaussian());
                        whole.add(Tensors.of(values, count));
                        pieces.add(Tensors.of(values, count));
                    }
                    adamW(whole);
                    for (int from = 0; from < count; from += size) {
                        int start = from;
                        int length = Math.min(size, count - from);
                        adamW(pieces.stream()
                                .map(tensor -> tensor.narrow(0, start, length))
                                .toList());
                    }
                    for (int i = 0; i < 4; i++)
                        assertThat(pieces.get(i).toFloats())
                                .isEqualTo(whole.get(i).toFloats());
                }
            }
        });
    }

    private static void adamW(List<Tensor> parts) {
        Ops.adamW(
                new Ops.AdamW(
                        List.of(parts.get(0)),
                        List.of(parts.get(1)),
                        List.of(parts.get(2)),
                        List.of(parts.get(3)),
                        0.9,
                        0.999,
                        1e-8,
                        0.01),
                3,
                0.1,
                0.5);
    }

    @Test
    void adamWFollowsItsFormula() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor p = Tensors.of(new double[] {1, -2}, 2);
                Tensor g = Tensors.of(new double[] {0.5, 0.25}, 2);
                Tensor m = Tensors.zeros(DType.F64, Device.CPU, 2);
                Tensor v = Tensors.zeros(DType.F64, Device.CPU, 2);
                double[] own = {1, -2};
                double[] mean = new double[2];
                double[] square = new double[2];
                for (int step = 1; step <= 3; step++) {
                    Ops.adamW(
                            new Ops.AdamW(List.of(p), List.of(g), List.of(m), List.of(v), 0.9, 0.999, 1e-8, 0.01),
                            step,
                            0.1,
                            step == 2 ? 0.25 : 1);
                    for (int i = 0; i < 2; i++) {
                        double gradient = g.toDoubles()[i]; // divided in place by the second step
                        mean[i] = 0.9 * mean[i] + 0.1 * gradient;
                        square[i] = 0.999 * square[i] + 0.001 * gradient * gradient;
                        own[i] *= 1 - 0.1 * 0.01;
                        own[i] -= 0.1
                                * (mean[i] / (1 - Math.pow(0.9, step)))
                                / (Math.sqrt(square[i] / (1 - Math.pow(0.999, step))) + 1e-8);
                    }
                }
                for (int i = 0; i < 2; i++) assertThat(p.toDoubles()[i]).isCloseTo(own[i], within(1e-9));
            }
        });
    }

    @Test
    void attentionTakesTheFusedKernel() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor q = Tensors.ones(DType.F32, Device.CPU, 1, 9, 32, 64);
                Tensor k = Tensors.ones(DType.F32, Device.CPU, 1, 3, 32, 64);
                assertThat(Ops.attentionKernel(q, k, k)).isEqualTo(1);
            }
        });
    }

    /// What GPUs take in place of a group of heads.
    @Test
    void attentionToRepeatedHeadsIsThatOfTheGroup() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor q = random("q", 2, 6, 5, 8);
                Tensor k = random("k", 2, 3, 5, 8);
                Tensor v = random("v", 2, 3, 5, 8);
                Tensor grouped = Ops.causalAttention(q, k, v, 0.3);
                Tensor repeated = Ops.causalAttention(q, Ops.repeated(k, 6), Ops.repeated(v, 6), 0.3);
                assertThat(repeated.minus(grouped).abs().max().item()).isLessThan(1e-6);
            }
        });
    }

    /// What GPUs take in place of a call for each tensor.
    @Test
    void aCallForManyTensorsGivesWhatACallForEachGives() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                List<Tensor> tensors = List.of(random("a", 3, 4), random("b", 7), random("c", 2, 2, 2));
                List<Tensor> norms = Ops.norms(tensors);
                for (int i = 0; i < tensors.size(); i++)
                    assertThat(norms.get(i).item())
                            .isEqualTo(tensors.get(i).norm().item());
            }
        });
    }

    @Test
    void aFormulaRunsOnTheThreadOfTheBackwardPass() {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                Tensor x = random("x", 3).requireGradient(true);
                List<Thread> seen = new ArrayList<>();
                Grad.through(x.times(2), gradient -> {
                            seen.add(Thread.currentThread());
                            return gradient;
                        })
                        .sum()
                        .backward();
                assertThat(seen).containsExactly(Thread.currentThread());
                // What keeps it there on a GPU, whose passes libtorch would walk on another thread.
                assertThat(AutogradState.get_tls_state().get_multithreading_enabled())
                        .isFalse();
            }
        });
    }

    private static Tensor random(String name, long... shape) {
        Rng rng = Rng.of(1, name);
        long count = 1;
        for (long size : shape) count *= size;
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) values[i] = (float) rng.nextGaussian();
        return Tensors.of(values, shape);
    }

    @Test
    void streamsOfDifferentNamesAreDifferentAndRepeatable() {
        assertThat(Rng.of(1, "a", "bc").nextLong())
                .isEqualTo(Rng.of(1, "a", "bc").nextLong());
        assertThat(Rng.of(1, "a", "bc").nextLong())
                .isNotEqualTo(Rng.of(1, "ab", "c").nextLong());
        assertThat(Rng.of(1, "a").nextLong()).isNotEqualTo(Rng.of(2, "a").nextLong());
        var rng = Rng.of(3);
        rng.nextLong();
        assertThat(Rng.resume(rng.state()).nextLong()).isEqualTo(rng.nextLong());
    }

    @Test
    void devicesAreReadByName() {
        assertThat(Device.parse("CUDA:2")).isEqualTo(new Device(Device.Kind.CUDA, 2));
        assertThatThrownBy(() -> Device.parse("tpu")).isInstanceOf(IllegalArgumentException.class);
    }
}
