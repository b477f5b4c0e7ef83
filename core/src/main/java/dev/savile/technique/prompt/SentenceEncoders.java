package dev.savile.technique.prompt;

import dev.savile.common.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.StreamSupport;

/// Find the encoder that a prompt's examples are chosen by.
final class SentenceEncoders {
    private static final int MAX_TEXTS = 20_000;

    /// Loaded once: an encoder holds its weights.
    private static final Map<String, EmbeddingCache> LOADED = new LinkedHashMap<>();

    private SentenceEncoders() {}

    /// @throws UserError `prompt.encoder` when no module brings an encoder of that name
    static EmbeddingCache of(String id) {
        synchronized (LOADED) {
            return LOADED.computeIfAbsent(id, SentenceEncoders::load);
        }
    }

    private static EmbeddingCache load(String id) {
        List<SentenceEncoder> all = StreamSupport.stream(
                        ServiceLoader.load(SentenceEncoder.class, SentenceEncoder.class.getClassLoader())
                                .spliterator(),
                        false)
                .toList();
        for (SentenceEncoder one : all)
            if (one.id().equals(id)) return new EmbeddingCache(one, "encoder " + id, MAX_TEXTS);
        throw new UserError(
                "prompt.encoder",
                "examples are to be chosen by the encoder '" + id + "', and none of that name is here",
                "without vectors no text is nearer to another",
                "start with SAVILE_MODULES=encoder in the environment for 'minilm', or use 'base', the model's own hidden"
                        + " states");
    }
}
