package dev.savile.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;

/// Find the shared test data, or skip the test.
public final class Shared {
    static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-26T15:04:05Z"), ZoneOffset.UTC);

    private static @Nullable JsonTokenizer smol;
    private static @Nullable JsonTokenizer gpt2;

    private Shared() {}

    static Path folder() {
        Path shared = Path.of(System.getProperty("savile.root", "."), "..", "shared");
        Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared");
        return shared;
    }

    private static Path smolGguf() {
        return folder().resolve("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
    }

    /// Loading takes most of a second, so it is done once.
    public static synchronized JsonTokenizer smolFromGguf() {
        try {
            if (smol == null) smol = Tokenizers.fromGguf(GgufTables.vocabulary(smolGguf()));
            return smol;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static ChatTemplate smolTemplate() {
        try {
            String source = String.valueOf(GgufTables.read(smolGguf()).get("tokenizer.chat_template"));
            SpecialTokens tokens = new SpecialTokens("<|im_start|>", "<|im_end|>", "<|im_end|>", "");
            return ChatTemplate.of(source, tokens, CLOCK);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static synchronized JsonTokenizer gpt2() {
        Path folder = folder().resolve("tokenizers/gpt2");
        if (gpt2 == null) gpt2 = Tokenizers.fromGpt2Files(folder.resolve("encoder.json"), folder.resolve("vocab.bpe"));
        return gpt2;
    }

    static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) values[i] = array.get(i).asInt();
        return values;
    }
}
