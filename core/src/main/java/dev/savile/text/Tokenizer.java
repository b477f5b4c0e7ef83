package dev.savile.text;

import java.util.OptionalInt;

/// Turn text into token ids and back. Safe for use by several threads.
public interface Tokenizer {
    /// Encode a text. Special tokens written in it are recognised; none are added.
    int[] encode(String text);

    /// Encode a text and say where each token comes from.
    Encoding encodeWithSpans(String text);

    /// Decode all tokens, special ones included. Bytes that are no UTF-8 become U+FFFD.
    String decode(int[] ids);

    /// Return the bytes that one token stands for; put behind each other they are the text's UTF-8.
    byte[] bytes(int id);

    /// Tell whether a token marks structure (turns, ends) and is no text.
    boolean special(int id);

    /// Return the number of ids: the highest one plus one.
    int vocabularySize();

    /// Find the id of a token by the name it has in the vocabulary.
    OptionalInt idOf(String token);

    /// Return the SHA-256 of what defines this tokenizer.
    String digest();
}
