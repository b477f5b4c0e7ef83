package dev.savile.testing;

import dev.savile.text.Encoding;
import dev.savile.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// One token for each printable ASCII character, but for `#` and `$` the two bytes of `é`; and an end token.
public final class Letters implements Tokenizer {
    public static final int END = 96;

    @Override
    public int[] encode(String text) {
        return text.replace("<end>", "\u007f")
                .chars()
                .map(c -> c == 0x7f ? END : Math.clamp(c - 32, 0, 95))
                .toArray();
    }

    @Override
    public Encoding encodeWithSpans(String text) {
        List<int[]> tokens = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int length = text.startsWith("<end>", at) ? 5 : 1;
            tokens.add(new int[] {encode(text.substring(at, at + length))[0], at, at + length});
            at += length;
        }
        return new Encoding(column(tokens, 0), column(tokens, 1), column(tokens, 2));
    }

    private static int[] column(List<int[]> tokens, int column) {
        return tokens.stream().mapToInt(token -> token[column]).toArray();
    }

    @Override
    public String decode(int[] ids) {
        var text = new StringBuilder();
        for (int id : ids) text.append(new String(bytes(id), StandardCharsets.UTF_8));
        return text.toString();
    }

    @Override
    public byte[] bytes(int id) {
        if (id == END) return "<end>".getBytes(StandardCharsets.UTF_8);
        if (id == 3) return new byte[] {(byte) 0xC3};
        if (id == 4) return new byte[] {(byte) 0xA9};
        return new byte[] {(byte) (id + 32)};
    }

    @Override
    public boolean special(int id) {
        return id == END;
    }

    @Override
    public int vocabularySize() {
        return 97;
    }

    @Override
    public OptionalInt idOf(String token) {
        return token.equals("<end>") ? OptionalInt.of(END) : OptionalInt.empty();
    }

    @Override
    public String digest() {
        return "letters";
    }
}
