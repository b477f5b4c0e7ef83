package dev.savile.bench;

import dev.savile.text.Encoding;
import dev.savile.text.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;

/// A tokenizer with further tokens, each of them two of its own behind each other, up to the size of larger models.
/// It encodes as the smaller one does.
record EnlargedTokenizer(Tokenizer inner, int vocabularySize) implements Tokenizer {
    /// A prime: the pairs are spread over the vocabulary.
    private static final int STRIDE = 7919;

    @Override
    public int[] encode(String text) {
        return inner.encode(text);
    }

    @Override
    public int[] lead() {
        return inner.lead();
    }

    @Override
    public int[] encodeBehind(String text) {
        return inner.encodeBehind(text);
    }

    @Override
    public Encoding encodeWithSpans(String text) {
        return inner.encodeWithSpans(text);
    }

    @Override
    public String decode(int[] ids) {
        return inner.decode(ids);
    }

    @Override
    public byte[] bytes(int id) {
        int known = inner.vocabularySize();
        if (id < known) return inner.bytes(id);
        byte[] first = inner.bytes(id % known);
        byte[] second = inner.bytes((int) ((long) id * STRIDE % known));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Override
    public boolean special(int id) {
        int known = inner.vocabularySize();
        return inner.special(id % known) || (id >= known && inner.special((int) ((long) id * STRIDE % known)));
    }

    @Override
    public OptionalInt idOf(String token) {
        return inner.idOf(token);
    }

    @Override
    public String digest() {
        return inner.digest() + "+" + vocabularySize;
    }
}
