package dev.savile.text;

import java.util.Arrays;

/// Turn tokens into text as they arrive. A character whose bytes are spread over tokens is held back until it is
/// whole.
///
/// All pieces together are what [Tokenizer#decode] gives, for tokenizers whose tokens are bytes.
public final class TextStream {
    private final Tokenizer tokenizer;
    private byte[] held = {};

    public TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// Take the next token and return the text that is complete now; often empty, never half a character.
    public String add(int id) {
        byte[] bytes = tokenizer.bytes(id);
        byte[] all = Arrays.copyOf(held, held.length + bytes.length);
        System.arraycopy(bytes, 0, all, held.length, bytes.length);
        int whole = all.length - Utf8.incomplete(all);
        held = Arrays.copyOfRange(all, whole, all.length);
        return Utf8.decode(all, whole);
    }

    /// Return what is still held back at the end; bytes that never became a character give U+FFFD.
    public String flush() {
        String rest = Utf8.decode(held);
        held = new byte[0];
        return rest;
    }
}
