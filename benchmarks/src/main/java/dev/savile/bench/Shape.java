package dev.savile.bench;

import dev.savile.engine.Rng;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The form of the rows that a training is measured with: random tokens, of which all rows share the first.
///
/// @param name     as it is printed
/// @param shared   tokens that all rows begin with
/// @param own      tokens behind them
/// @param labelled tokens at a row's end that are learned
record Shape(String name, int rows, int shared, int own, int labelled) {
    /// Tokens of the default model's vocabulary, from which rows are drawn.
    private static final int VOCABULARY = 49_152;

    /// Tokens of one row.
    int tokens() {
        return shared + own;
    }

    /// Draw the rows; the same ones at each call.
    List<EncodedRow> draw() {
        var rng = Rng.of(1, "bench");
        int[] prefix = draw(rng, shared);
        List<EncodedRow> drawn = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int[] ids = Arrays.copyOf(prefix, tokens());
            System.arraycopy(draw(rng, own), 0, ids, shared, own);
            int prompt = Math.max(1, ids.length - labelled);
            drawn.add(new EncodedRow(Arrays.copyOf(ids, prompt), Arrays.copyOfRange(ids, prompt, ids.length)));
        }
        return drawn;
    }

    /// Draw token ids.
    static int[] draw(Rng rng, int count) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = rng.nextInt(VOCABULARY);
        return ids;
    }
}
