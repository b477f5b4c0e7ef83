package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.savile.engine.Rng;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmbeddingIndexTest {
    private static BitSet all(int size) {
        var all = new BitSet();
        all.set(0, size);
        return all;
    }

    /// The mean of the four is (1, 1), so they point left, right, up and right again.
    private static EmbeddingIndex cross() {
        return new EmbeddingIndex(new float[][] {{-1, 1}, {2, 1}, {1, 3}, {2, -1}});
    }

    @Test
    void similaritiesAreCosinesAroundTheMean() {
        var index = cross(); // directions (-1, 0), (1, 0), (0, 1), (.4472, -.8944)
        assertThat(index.similarities(new float[] {5, 1}))
                .containsExactly(new double[] {-1, 1, 0, 1 / Math.sqrt(5)}, within(1e-6));
        assertThat(index.similarity(2, 3)).isCloseTo(-2 / Math.sqrt(5), within(1e-6));
        assertThat(index.similarities(new float[] {1, 1})).containsOnly(0);
    }

    @Test
    void aCommonDirectionOfAllVectorsDoesNotMatter() {
        var rng = Rng.of(4, "vectors");
        float[][] plain = new float[30][8];
        float[][] moved = new float[30][8];
        for (int i = 0; i < 30; i++)
            for (int k = 0; k < 8; k++) {
                plain[i][k] = (float) rng.nextGaussian();
                moved[i][k] = plain[i][k] + 20 + k;
            }
        for (int i = 0; i < 30; i++)
            assertThat(new EmbeddingIndex(moved).similarities(moved[i]))
                    .containsExactly(new EmbeddingIndex(plain).similarities(plain[i]), within(1e-4));
    }

    @Test
    void nearestAreSortedAndTiesGoToTheLowerNumber() {
        var index = new EmbeddingIndex(new float[][] {{0, 1}, {1, 0}, {0, -1}, {1, 0}, {-2, 0}});
        assertThat(index.nearest(new float[] {1, 0}, all(5), 3)).containsExactly(1, 3, 0);
        var some = new BitSet();
        some.set(2);
        some.set(4);
        assertThat(index.nearest(new float[] {1, 0}, some, 3)).containsExactly(2, 4);
        assertThat(index.nearest(new float[] {1, 0}, all(5), 0)).isEmpty();
    }

    @Test
    void everyIndexedTextIsNearestToItself() {
        var rng = Rng.of(5, "vectors");
        float[][] vectors = new float[50][12];
        for (float[] vector : vectors) for (int k = 0; k < 12; k++) vector[k] = (float) rng.nextGaussian();
        var index = new EmbeddingIndex(vectors);
        for (int i : IntStream.range(0, 50).toArray())
            assertThat(index.nearest(vectors[i], all(50), 1)).containsExactly(i);
    }

    @Test
    void anEmptyIndexFindsNothingAndOtherWidthsAreRefused() {
        assertThat(new EmbeddingIndex(new float[0][]).nearest(new float[] {1}, new BitSet(), 3))
                .isEmpty();
        assertThatThrownBy(() -> cross().similarities(new float[3])).hasMessageContaining("width 3");
        assertThatThrownBy(() -> new EmbeddingIndex(new float[][] {{1}, {1, 2}}))
                .hasMessageContaining("1 and 2");
    }

    @Test
    void rememberedVectorsAreAskedForOnce() {
        List<String> asked = new java.util.ArrayList<>();
        var cache = new EmbeddingCache(
                texts -> {
                    asked.addAll(texts);
                    return texts.stream()
                            .map(text -> new float[] {text.length()})
                            .toArray(float[][]::new);
                },
                "lengths",
                2);
        assertThat(cache.embed(List.of("a", "bb", "a"))).isDeepEqualTo(new float[][] {{1}, {2}, {1}});
        assertThat(cache.embed(List.of("bb"))).isDeepEqualTo(new float[][] {{2}});
        assertThat(asked).containsExactly("a", "bb");
        assertThat(cache.embed(List.of("ccc", "bb", "a"))).isDeepEqualTo(new float[][] {{3}, {2}, {1}});
        assertThat(asked).containsExactly("a", "bb", "ccc");
        cache.embed(List.of("dddd")); // the least used one, ccc or bb, had to go before
        assertThat(asked).hasSize(4);
    }
}
