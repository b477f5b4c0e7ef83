package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.EngineThread;
import dev.savile.engine.Grad;
import dev.savile.engine.Rng;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.ModelSpec;
import dev.savile.model.Sublayer;
import dev.savile.model.Tuning;
import dev.savile.testing.TinyModels;
import dev.savile.text.Encoding;
import dev.savile.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class HiddenStateEmbedderTest {
    /// Hears what the residual stream is behind each layer: another way to the hidden states.
    private static final class Listener implements Tuning {
        private final List<float[]> behindLayers = new ArrayList<>();

        @Override
        public Tensor residual(Sublayer half, int layer, Tensor x, Tensor change) {
            Tensor sum = x.plus(change);
            if (half == Sublayer.FEED_FORWARD) behindLayers.add(sum.toFloats());
            return sum;
        }
    }

    @Test
    void packedTextsGetTheVectorsOfTextsAlone() {
        EngineThread.run(() -> {
            for (ModelSpec spec : TinyModels.families())
                try (CausalLm model = TinyModels.of(spec)) {
                    List<int[]> rows = rows(spec.vocabulary());
                    float[][] vectors = new HiddenStateEmbedder(model, new Letters()).embedRows(rows, 0);
                    assertThat(vectors).hasDimensions(rows.size(), spec.hidden());
                    for (int i = 0; i < rows.size(); i++)
                        assertThat(vectors[i]).containsExactly(alone(model, rows.get(i)), within(1e-4f));
                }
        });
    }

    /// With the first token the mean is `(x1 + ... + xn) / n`, without it `(x2 + ... + xn) / (n - 1)`: their
    /// difference, times n - 1, is what the first one differs from the mean by.
    @Test
    void whatStandsBeforeEveryTextIsReadAndLeftOutOfTheMean() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.llama())) {
                List<int[]> rows = List.of(new int[] {3, 5, 7, 9}, new int[] {3}, new int[] {3, 8});
                var embedder = new HiddenStateEmbedder(model, new Letters());
                float[][] own = embedder.embedRows(rows, 1);
                float[][] all = embedder.embedRows(rows, 0);
                float[] first = all[1]; // the same token, which sees nothing before it
                for (int k = 0; k < first.length; k++) {
                    assertThat(own[0][k]).isCloseTo((4 * all[0][k] - first[k]) / 3, within(1e-4f));
                    assertThat(own[1][k]).isZero();
                    assertThat(own[2][k]).isCloseTo(2 * all[2][k] - first[k], within(1e-4f));
                }
            }
        });
    }

    /// More tokens than one pass takes; some rows begin alike, some are equal, one is empty.
    private static List<int[]> rows(int vocabulary) {
        var rng = Rng.of(9, "rows");
        int[] start = rng.permutation(vocabulary);
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int[] row = Arrays.copyOf(start, 1 + rng.nextInt(30));
            for (int k = rng.nextInt(row.length); k < row.length; k++) row[k] = rng.nextInt(vocabulary);
            rows.add(row);
        }
        rows.set(7, rows.get(3));
        rows.set(11, new int[0]);
        return rows;
    }

    private static float[] alone(CausalLm model, int[] ids) {
        int hidden = model.spec().hidden();
        float[] mean = new float[hidden];
        if (ids.length == 0) return mean;
        var listener = new Listener();
        try (var scope = Scope.open();
                var off = Grad.off()) {
            model.forward(TokenForest.ofRow(ids), listener);
        }
        float[] values = listener.behindLayers.get(1); // of three layers two thirds are two
        for (int i = 0; i < values.length; i++) mean[i % hidden] += values[i] / ids.length;
        return mean;
    }

    @Test
    void theFirstLayersGiveWhatTheyGiveInAWholePass() {
        EngineThread.run(() -> {
            try (CausalLm model = TinyModels.of(TinyModels.qwen3());
                    var scope = Scope.open();
                    var off = Grad.off()) {
                TokenForest forest = TokenForest.ofRow(5, 3, 8, 8, 1);
                var listener = new Listener();
                float[] whole = model.forward(forest, listener).toFloats();
                for (int depth = 1; depth <= 3; depth++)
                    assertThat(model.hidden(forest, Tuning.NONE, depth).toFloats())
                            .containsExactly(listener.behindLayers.get(depth - 1), within(1e-6f));
                assertThat(model.hidden(forest, Tuning.NONE, 3).toFloats()).containsExactly(whole, within(1e-6f));
                assertThatThrownBy(() -> model.hidden(forest, Tuning.NONE, 4)).hasMessageContaining("0 and 3");
            }
        });
    }

    @Test
    void textsAreEmbeddedFromAnyThreadAndCutAtTheContext() {
        CausalLm model = TinyModels.of(TinyModels.gpt2()); // 128 positions
        try {
            var embedder = new HiddenStateEmbedder(model, new Letters());
            float[][] vectors = embedder.embed(List.of("abc", "", "x".repeat(300), "x".repeat(128), "abc "));
            assertThat(vectors[0]).isEqualTo(vectors[4]).isNotEqualTo(vectors[2]);
            assertThat(vectors[1]).containsOnly(0);
            assertThat(vectors[2]).containsExactly(vectors[3], within(1e-5f));
            assertThat(embedder.embed(List.of())).isEmpty();
        } finally {
            EngineThread.run(model::close);
        }
    }

    /// One token a letter.
    private static final class Letters implements Tokenizer {
        @Override
        public int[] encode(String text) {
            return text.chars().map(c -> c % 80).toArray();
        }

        @Override
        public Encoding encodeWithSpans(String text) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String decode(int[] ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] bytes(int id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean special(int id) {
            return false;
        }

        @Override
        public int vocabularySize() {
            return 80;
        }

        @Override
        public OptionalInt idOf(String token) {
            return OptionalInt.empty();
        }

        @Override
        public String digest() {
            return "letters";
        }
    }
}
