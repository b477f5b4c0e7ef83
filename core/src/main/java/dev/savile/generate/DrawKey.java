package dev.savile.generate;

import dev.savile.engine.Rng;

/// Name what a row draws for. Together with the seed and the number of the token it is the key of each draw, so
/// that neither the order of rows nor the company of others in a batch changes what a row gets.
///
/// @param arm    what is being tried; empty where there is only one
/// @param item   id of the example
/// @param sample number of the answer to this example, from 0
public record DrawKey(String arm, String item, int sample) {
    /// The key of a single answer to a single prompt.
    public static final DrawKey SINGLE = new DrawKey("", "", 0);

    public DrawKey {
        if (sample < 0) throw new IllegalArgumentException("samples are numbered from 0, got " + sample);
    }

    /// Draw the number from 0 to 1 (exclusive) that decides a token.
    ///
    /// @param token number of the token in the answer, from 0
    double draw(long seed, int token) {
        return Rng.of(seed, "generate", arm, item, Integer.toString(sample), Integer.toString(token))
                .nextDouble();
    }
}
