package dev.savile.text;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Know how the names of tokens stand for bytes.
enum TokenBytes {
    /// Each byte is one printable character, `Ġ` for a blank (GPT-2).
    BYTE_LEVEL,
    /// `▁` is a blank, `<0x0A>` a byte (SentencePiece).
    SENTENCE_PIECE,
    /// `##` continues a word, anything else begins one behind a blank (BERT).
    WORD_PIECE,
    /// Names are the text.
    PLAIN;

    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");
    private static final int[] BYTE_OF_CHARACTER = byteOfCharacter();

    /// Read off the `decoder` section of a `tokenizer.json` which way it is.
    static TokenBytes of(JsonNode decoder) {
        String type = decoder.path("type").asString("");
        if (type.equals("ByteLevel")) return BYTE_LEVEL;
        if (type.equals("WordPiece")) return WORD_PIECE;
        if (type.equals("Metaspace") || type.equals("ByteFallback")) return SENTENCE_PIECE;
        for (JsonNode step : decoder.path("decoders")) {
            TokenBytes found = of(step);
            if (found != PLAIN) return found;
        }
        return PLAIN;
    }

    byte[] of(String token) {
        return switch (this) {
            case BYTE_LEVEL -> byteLevel(token);
            case SENTENCE_PIECE ->
                BYTE.matcher(token).matches()
                        ? new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)}
                        : token.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
            case WORD_PIECE ->
                (token.startsWith("##") ? token.substring(2) : " " + token).getBytes(StandardCharsets.UTF_8);
            case PLAIN -> token.getBytes(StandardCharsets.UTF_8);
        };
    }

    /// Map each character to its byte; a token with any other character is plain text.
    private static byte[] byteLevel(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c >= BYTE_OF_CHARACTER.length || BYTE_OF_CHARACTER[c] < 0)
                return token.getBytes(StandardCharsets.UTF_8);
            bytes[i] = (byte) BYTE_OF_CHARACTER[c];
        }
        return bytes;
    }

    /// Bytes that are printable in Latin-1 stand for themselves, the others for U+0100 and up, in order.
    private static int[] byteOfCharacter() {
        int[] table = new int[512];
        java.util.Arrays.fill(table, -1);
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
            table[printable ? b : next++] = b;
        }
        return table;
    }
}
