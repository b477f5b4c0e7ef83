package dev.savile.technique.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// Remember vectors, so that several selectors over one pool and repeated messages cost one pass each. Asking for all
/// messages at once beforehand lets the encoder work in batches.
///
/// Safe for use by several threads, one after the other.
public final class EmbeddingCache implements TextEmbedder {
    private final TextEmbedder encoder;
    private final String identity;
    private final int maxTexts;
    private final Map<String, float[]> known = new LinkedHashMap<>(16, 0.75f, true); // the least used first

    /// @param identity what decides the vectors, in a word: vectors of another identity are of no use here
    /// @param maxTexts vectors that are kept, at least 1; the least used are forgotten
    public EmbeddingCache(TextEmbedder encoder, String identity, int maxTexts) {
        if (maxTexts < 1) throw new IllegalArgumentException("maxTexts must be at least 1, got " + maxTexts);
        this.encoder = encoder;
        this.identity = identity;
        this.maxTexts = maxTexts;
    }

    public String identity() {
        return identity;
    }

    /// Take vectors that were made earlier, one for each text.
    public synchronized void remember(List<String> texts, float[][] vectors) {
        for (int i = 0; i < vectors.length; i++) known.put(texts.get(i), vectors[i]);
        forget();
    }

    @Override
    public synchronized float[][] embed(List<String> texts) {
        List<String> missing = new ArrayList<>(new LinkedHashSet<>(texts));
        missing.removeIf(known::containsKey);
        Map<String, float[]> fresh = new LinkedHashMap<>();
        if (!missing.isEmpty()) {
            float[][] vectors = encoder.embed(missing);
            for (int i = 0; i < vectors.length; i++) fresh.put(missing.get(i), vectors[i]);
        }
        float[][] all = new float[texts.size()][];
        for (int i = 0; i < all.length; i++) {
            float[] vector = fresh.get(texts.get(i));
            all[i] = vector != null ? vector : known.get(texts.get(i));
            if (all[i] == null) throw new IllegalStateException("the encoder left a text out");
        }
        known.putAll(fresh);
        forget();
        return all;
    }

    private void forget() {
        while (known.size() > maxTexts) known.remove(known.keySet().iterator().next());
    }
}
