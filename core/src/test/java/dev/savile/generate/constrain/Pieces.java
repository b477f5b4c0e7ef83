package dev.savile.generate.constrain;

import dev.savile.text.Encoding;
import dev.savile.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// A vocabulary of chosen pieces that only knows what its tokens are: an end token with the id 0, a second special
/// one with the text of a letter, a token without bytes, then the pieces.
final class Pieces implements Tokenizer {
    static final int END = 0;
    static final int FIRST = 3;

    private final List<byte[]> tokens = new ArrayList<>();

    private Pieces() {
        tokens.add("<end>".getBytes(StandardCharsets.UTF_8));
        tokens.add("a".getBytes(StandardCharsets.UTF_8));
        tokens.add(new byte[0]);
    }

    static Pieces of(String... pieces) {
        var made = new Pieces();
        for (String piece : pieces) made.tokens.add(piece.getBytes(StandardCharsets.UTF_8));
        return made;
    }

    /// All bytes, and further pieces.
    static Pieces withBytes(String... pieces) {
        var made = new Pieces();
        for (int value = 0; value < 256; value++) made.tokens.add(new byte[] {(byte) value});
        for (String piece : pieces) made.tokens.add(piece.getBytes(StandardCharsets.UTF_8));
        return made;
    }

    Pieces and(byte[]... pieces) {
        tokens.addAll(List.of(pieces));
        return this;
    }

    TokenConstraint constraint(Automaton automaton) {
        return new TokenConstraint(automaton, Vocabulary.of(this, List.of(END)));
    }

    @Override
    public int[] encode(String text) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Encoding encodeWithSpans(String text) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String decode(int[] ids) {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] bytes(int id) {
        return tokens.get(id).clone();
    }

    @Override
    public boolean special(int id) {
        return id < 2;
    }

    @Override
    public int vocabularySize() {
        return tokens.size();
    }

    @Override
    public OptionalInt idOf(String token) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String digest() {
        return "pieces";
    }
}
