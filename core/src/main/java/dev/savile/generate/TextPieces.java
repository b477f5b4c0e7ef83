package dev.savile.generate;

import dev.savile.common.StopSignal;
import dev.savile.text.StopStrings;
import dev.savile.text.TextStream;
import dev.savile.text.Tokenizer;
import java.util.List;
import java.util.function.Consumer;

/// Turn the tokens of an answer into pieces of text that may be shown: never half a character, never a part of a
/// stop text.
final class TextPieces implements TokenListener {
    private final Tokenizer tokenizer;
    private final TextStream stream;
    private final StopStrings stops;
    private final Consumer<String> pieces;
    private final StopSignal stop;
    private final StringBuilder text = new StringBuilder();

    TextPieces(Tokenizer tokenizer, List<String> stops, Consumer<String> pieces, StopSignal stop) {
        this.tokenizer = tokenizer;
        this.stream = new TextStream(tokenizer);
        this.stops = new StopStrings(stops);
        this.pieces = pieces;
        this.stop = stop;
    }

    @Override
    public Reaction take(int id) {
        if (!tokenizer.special(id)) show(stops.add(stream.add(id)));
        return stops.matched().isPresent() ? Reaction.STOP : Reaction.GO_ON;
    }

    @Override
    public boolean cancelled() {
        return stop.requested();
    }

    /// Show what was held back, and return the whole.
    TextGeneration finish(Generation generation) {
        show(stops.add(stream.flush()));
        show(stops.flush());
        return new TextGeneration(text.toString(), generation);
    }

    private void show(String piece) {
        if (piece.isEmpty()) return;
        text.append(piece);
        pieces.accept(piece);
    }
}
