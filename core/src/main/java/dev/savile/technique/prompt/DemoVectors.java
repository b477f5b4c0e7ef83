package dev.savile.technique.prompt;

import dev.savile.common.Digest;
import dev.savile.data.LabelledRow;
import dev.savile.engine.DType;
import dev.savile.files.safetensors.Safetensors;
import dev.savile.files.safetensors.SafetensorsFile;
import dev.savile.files.safetensors.SafetensorsWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Keep the vectors of a prompt's examples beside it, so that asking by it does not begin with reading them all again:
/// `vectors [examples, width]` in fp32, with what made them and of which texts.
public final class DemoVectors {
    private static final String FILE = "savile/demo-vectors.safetensors";
    private static final String VECTORS = "vectors";
    private static final String EMBEDDER = "embedder";
    private static final String TEXTS = "texts";

    private DemoVectors() {}

    /// Write the vectors of a prompt whose examples are chosen by meaning; nothing for another.
    ///
    /// @param base the base model's own embedder, used unless the prompt names another encoder
    public static void write(Path folder, PromptBundle bundle, EmbeddingCache base) {
        List<String> texts = texts(bundle);
        if (texts.isEmpty()) return;
        EmbeddingCache embedder = embedder(bundle, base);
        float[][] vectors = embedder.embed(texts);
        int width = vectors[0].length;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate((long) vectors.length * width * Float.BYTES, Float.BYTES);
            for (int i = 0; i < vectors.length; i++)
                MemorySegment.copy(
                        vectors[i], 0, values, ValueLayout.JAVA_FLOAT, (long) i * width * Float.BYTES, width);
            SafetensorsWriter.write(
                    folder.resolve(FILE),
                    List.of(new SafetensorsWriter.Entry(
                            VECTORS, DType.F32, new long[] {vectors.length, width}, values)),
                    Map.of(EMBEDDER, embedder.identity(), TEXTS, digest(texts)));
        }
    }

    /// Let the embedder remember the vectors that lie beside a prompt. Those that another embedder made, or of other
    /// texts, are left: the examples are then read again.
    ///
    /// @return whether they were of use
    public static boolean recall(Path folder, PromptBundle bundle, EmbeddingCache base) {
        List<String> texts = texts(bundle);
        Path file = folder.resolve(FILE);
        if (texts.isEmpty() || !Files.exists(file)) return false;
        EmbeddingCache embedder = embedder(bundle, base);
        try (SafetensorsFile open = Safetensors.open(file)) {
            boolean same = embedder.identity().equals(open.metadata().get(EMBEDDER))
                    && digest(texts).equals(open.metadata().get(TEXTS));
            if (!same) return false;
            int width = Math.toIntExact(open.info(VECTORS).shape()[1]);
            MemorySegment values = open.segment(VECTORS);
            float[][] vectors = new float[texts.size()][width];
            for (int i = 0; i < vectors.length; i++)
                MemorySegment.copy(
                        values, ValueLayout.JAVA_FLOAT_UNALIGNED, (long) i * width * Float.BYTES, vectors[i], 0, width);
            embedder.remember(texts, vectors);
            return true;
        }
    }

    /// The examples of a prompt as they are compared; none where they are not chosen by meaning.
    private static List<String> texts(PromptBundle bundle) {
        PromptBundle.Demos demos = bundle.demos();
        if (demos.count() == 0 || !DemoStrategy.of(demos.strategy()).embeds()) return List.of();
        return DemoSelector.rows(bundle).stream().map(LabelledRow::text).toList();
    }

    private static EmbeddingCache embedder(PromptBundle bundle, EmbeddingCache base) {
        String encoder = bundle.demos().encoder();
        return encoder.isEmpty() ? base : SentenceEncoders.of(encoder);
    }

    private static String digest(List<String> texts) {
        return Digest.ofText(
                String.join("\n", texts.stream().map(Digest::ofText).toList()));
    }
}
