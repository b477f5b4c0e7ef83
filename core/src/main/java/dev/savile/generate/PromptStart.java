package dev.savile.generate;

import dev.savile.forest.KeyValues;
import java.util.List;

/// Give what has been computed before a row begins: the beginning that it shares with others, or what a technique
/// puts in front.
///
/// @param given        keys and values in order; whoever made them keeps them open until the row is done
/// @param promptTokens how many of the prompt's own tokens they stand for; positions beyond that are extra ones in
///                     front
public record PromptStart(List<KeyValues> given, int promptTokens) {
    /// Nothing is there yet.
    public static final PromptStart NONE = new PromptStart(List.of(), 0);

    public PromptStart {
        given = List.copyOf(given);
        if (promptTokens < 0 || promptTokens > positions(given))
            throw new IllegalArgumentException(
                    positions(given) + " positions cannot stand for " + promptTokens + " tokens of a prompt");
    }

    /// Return the positions in front of the prompt that stand for none of its tokens.
    int extraPositions() {
        return positions(given) - promptTokens;
    }

    private static int positions(List<KeyValues> given) {
        return given.stream().mapToInt(KeyValues::length).sum();
    }
}
