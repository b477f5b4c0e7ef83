package dev.savile.technique.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoVectorsTest {
    @TempDir
    Path folder;

    private final List<String> read = new ArrayList<>();

    /// Hears which texts are read; a vector holds the text's length.
    private EmbeddingCache embedder(String identity) {
        return new EmbeddingCache(
                texts -> {
                    read.addAll(texts);
                    return texts.stream()
                            .map(text -> new float[] {text.length(), 1})
                            .toArray(float[][]::new);
                },
                identity,
                100);
    }

    private static PromptBundle near(String... texts) {
        List<Demo> pool = new ArrayList<>();
        for (String text : texts) pool.add(new Demo(text, "a"));
        return PromptBundle.plain().withDemos(new PromptBundle.Demos("embed_knn", 1, 0, 0, pool));
    }

    @Test
    void whatWasWrittenIsNotReadAgain() {
        DemoVectors.write(folder, near("one", "three"), embedder("x"));
        assertThat(read).containsExactly("one", "three");
        read.clear();
        EmbeddingCache again = embedder("x");
        assertThat(DemoVectors.recall(folder, near("one", "three"), again)).isTrue();
        assertThat(again.embed(List.of("three", "one", "seven"))).isDeepEqualTo(new float[][] {{5, 1}, {3, 1}, {5, 1}});
        assertThat(read).containsExactly("seven");
    }

    @Test
    void vectorsOfAnotherEmbedderOrOfOtherTextsAreLeft() {
        DemoVectors.write(folder, near("one", "three"), embedder("x"));
        assertThat(DemoVectors.recall(folder, near("one", "three"), embedder("y")))
                .isFalse();
        assertThat(DemoVectors.recall(folder, near("three", "one"), embedder("x")))
                .isFalse();
        assertThat(DemoVectors.recall(folder.resolve("elsewhere"), near("one", "three"), embedder("x")))
                .isFalse();
    }

    @Test
    void promptsThatChooseByOtherMeansHaveNone() {
        PromptBundle words =
                PromptBundle.plain().withDemos(new PromptBundle.Demos("bm25", 1, 0, 0, List.of(new Demo("one", "a"))));
        DemoVectors.write(folder, words, embedder("x"));
        assertThat(folder).isEmptyDirectory();
        assertThat(read).isEmpty();
    }
}
