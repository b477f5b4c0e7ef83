package dev.savile.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.DType;
import dev.savile.engine.Device;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Ops;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Strips against one call a head under the whole mask.
class AttentionStripsTest {
    private static final int KEY_HEADS = 2;
    private static final int HEAD = 4;
    private static final double SCALE = 0.5;

    @ParameterizedTest
    @CsvSource({"1, 5, 0, 3", "2, 128, 0, 1", "2, 129, 0, 3", "1, 300, 0, 3", "2, 300, 20, 3", "3, 40, 40, 2"})
    void causalRowsEqualOneCallUnderAMask(int rows, int time, int before, int group) {
        boolean[][][] visible = new boolean[1][time][before + time];
        for (int t = 0; t < time; t++) for (int key = 0; key <= before + t; key++) visible[0][t][key] = true;
        check(rows, visible, group, () -> AttentionStrips.causal(before, time, group, SCALE, DType.F64, Device.CPU));
    }

    /// Twice as many keys as tokens and two rows: a table's width cannot be told from its size.
    @ParameterizedTest
    @CsvSource({"150, 150, 150", "150, 150, 300", "60, 20, 80", "140, 0, 140"})
    void tablesOfEachRowAreObeyed(int time, int before, int width) {
        int rows = width == time ? 2 : 1;
        var draws = Rng.of(5, "visible");
        boolean[][][] visible = new boolean[rows][time][before + time];
        var table = new boolean[rows * time * width];
        for (int row = 0; row < rows; row++)
            for (int t = 0; t < time; t++)
                for (int key = 0; key <= before + t; key++) {
                    boolean free = key < before + time - width;
                    boolean sees = free || key == before + t || draws.nextInt(3) > 0;
                    visible[row][t][key] = sees;
                    if (!free) table[(row * time + t) * width + key - (before + time - width)] = sees;
                }
        check(rows, visible, 3, () -> new AttentionStrips(before, time, 3, SCALE, table, width, DType.F64, Device.CPU));
    }

    private interface Strips {
        AttentionStrips make();
    }

    private static void check(int rows, boolean[][][] visible, int group, Strips strips) {
        EngineThread.run(() -> {
            try (var scope = Scope.open()) {
                int time = visible[0].length;
                int keys = visible[0][0].length;
                int heads = KEY_HEADS * group;
                List<Tensor> in = List.of(
                        random("q", (long) rows * time, heads, HEAD),
                        random("k", rows, KEY_HEADS, keys, HEAD),
                        random("v", rows, KEY_HEADS, keys, HEAD));
                List<Tensor> same = in.stream()
                        .map(x -> x.detach().copy().requireGradient(true))
                        .toList();
                Tensor mask = mask(visible);
                List<Tensor> each = new ArrayList<>();
                Tensor q = same.get(0).reshape(rows, time, heads, HEAD).transpose(1, 2);
                for (int head = 0; head < heads; head++)
                    each.add(Ops.maskedAttention(
                            q.narrow(1, head, 1),
                            same.get(1).narrow(1, head / group, 1),
                            same.get(2).narrow(1, head / group, 1),
                            mask,
                            SCALE));
                Tensor expected =
                        Tensors.concatenate(each, 1).transpose(1, 2).reshape((long) rows * time, (long) heads * HEAD);
                Tensor found = strips.make().attend(in.get(0), in.get(1), in.get(2));
                assertThat(found.toDoubles()).containsExactly(expected.toDoubles(), within(1e-12));
                Tensor gradient = random("gradient", (long) rows * time, (long) heads * HEAD)
                        .detach();
                found.backward(gradient);
                expected.backward(gradient);
                for (int i = 0; i < in.size(); i++)
                    assertThat(in.get(i).gradient().toDoubles())
                            .containsExactly(same.get(i).gradient().toDoubles(), within(1e-12));
            }
        });
    }

    private static Tensor mask(boolean[][][] visible) {
        int time = visible[0].length;
        int keys = visible[0][0].length;
        var values = new double[visible.length * time * keys];
        int i = 0;
        for (boolean[][] row : visible)
            for (boolean[] query : row) for (boolean sees : query) values[i++] = sees ? 0 : Double.NEGATIVE_INFINITY;
        return Tensors.of(values, visible.length, 1, time, keys);
    }

    private static Tensor random(String name, long... shape) {
        var draws = Rng.of(11, name);
        long size = 1;
        for (long one : shape) size *= one;
        var values = new double[(int) size];
        for (int i = 0; i < values.length; i++) values[i] = draws.nextGaussian();
        return Tensors.of(values, shape).requireGradient(true);
    }
}
