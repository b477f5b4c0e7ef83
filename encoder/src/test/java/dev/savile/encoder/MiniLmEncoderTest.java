package dev.savile.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.savile.common.UserError;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.PromptBundle;
import java.util.List;
import org.junit.jupiter.api.Test;

class MiniLmEncoderTest {
    private static final List<String> TEXTS = List.of(
            "My card has not arrived yet.",
            "Where is the new debit card that I ordered?",
            "play some jazz from the sixties",
            "Grüße aus München — 東京 🙂",
            "a");

    @Test
    void vectorsAreThoseOfAnotherReaderOfTheSameModel() {
        EmbeddingModel reference = new AllMiniLmL6V2QuantizedEmbeddingModel();
        float[][] vectors = new MiniLmEncoder().embed(TEXTS);
        for (int i = 0; i < vectors.length; i++) {
            float[] expected = reference.embed(TEXTS.get(i)).content().vector();
            assertThat(vectors[i]).hasSize(384);
            for (int k = 0; k < expected.length; k++)
                assertThat(vectors[i][k]).as(TEXTS.get(i)).isCloseTo(expected[k], within(1e-5f));
        }
    }

    @Test
    void textsOfOneMeaningLieNearAndNoneDependsOnItsCompany() {
        var encoder = new MiniLmEncoder();
        float[][] together = encoder.embed(TEXTS);
        for (int i = 0; i < together.length; i++)
            assertThat(encoder.embed(List.of(TEXTS.get(i)))[0]).isEqualTo(together[i]);
        assertThat(product(together[0], together[1])).isGreaterThan(product(together[0], together[2]) + 0.3);
        assertThat(product(together[0], together[0])).isCloseTo(1, within(1e-5));
    }

    @Test
    void longTextsAreCutAndEmptyOnesHaveAVector() {
        var encoder = new MiniLmEncoder();
        float[][] vectors = encoder.embed(List.of("word ".repeat(300), "word ".repeat(2_000), ""));
        assertThat(vectors[1]).isEqualTo(vectors[0]);
        assertThat(product(vectors[2], vectors[2])).isCloseTo(1, within(1e-5));
    }

    @Test
    void aPromptThatNamesItIsGivenIt() {
        List<Demo> pool = List.of(
                new Demo("play some jazz from the sixties", "music"),
                new Demo("My card has not arrived yet.", "card"),
                new Demo("will it rain tomorrow", "weather"));
        var demos = new PromptBundle.Demos("embed_knn", 1, 0, 0, pool, null, null, null, "minilm");
        // Not a word in common with the nearest.
        assertThat(new DemoSelector(PromptBundle.plain().withDemos(demos)).select("Still waiting for plastic money"))
                .extracting(Demo::label)
                .containsExactly("card");
        var unknown = new PromptBundle.Demos("embed_knn", 1, 0, 0, pool, null, null, null, "minilm-2");
        assertThatThrownBy(() -> new DemoSelector(PromptBundle.plain().withDemos(unknown)))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("prompt.encoder"));
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) sum += (double) a[k] * b[k];
        return sum;
    }
}
