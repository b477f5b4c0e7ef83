package dev.savile.data;

import java.text.Normalizer;
import java.util.Locale;

/// Reduce a text to what matters for telling whether two rows are the same: NFKC, lower case, no punctuation, single
/// spaces.
public final class Normalised {
    private Normalised() {}

    public static String of(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return plain.replaceAll("(?U)[^\\w\\s]", "")
                .replaceAll("[\\s\\p{Z}]+", " ")
                .strip();
    }
}
