package dev.savile.text;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Turn text into token ids and back. Safe for use by several threads.
public interface Tokenizer {
    /// Encode a text. Special tokens written in it are recognised; none are added.
    int[] encode(String text);

    /// The tokens that this tokenizer puts before a text that stands alone, such as the one that begins a text (BOS);
    /// empty for none. A chat template says itself what its text begins with.
    default int[] lead() {
        return new int[0];
    }

    /// Encode a text that begins a row without a chat template: behind [#lead], once.
    default int[] encodeFirst(String text) {
        int[] ids = encode(text);
        int[] lead = lead();
        boolean written = ids.length >= lead.length && Arrays.equals(Arrays.copyOf(ids, lead.length), lead);
        return written
                ? ids
                : IntStream.concat(Arrays.stream(lead), Arrays.stream(ids)).toArray();
    }

    /// Encode a text that stands behind other tokens of its row. Some tokenizers read a blank before every text; only
    /// the first of a row has it.
    default int[] encodeBehind(String text) {
        return encode(text);
    }

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
