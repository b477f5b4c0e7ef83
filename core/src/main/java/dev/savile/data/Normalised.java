package dev.savile.data;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/// Reduce a text to what matters for telling whether two rows are the same: NFKC, lower case, no punctuation and
/// symbols, single spaces. A text of nothing but symbols (an emoji) keeps them, so that two such texts stay apart.
public final class Normalised {
    private static final Pattern NO_WORD = Pattern.compile("[^\\w\\s]", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{P}");
    private static final Pattern SPACES = Pattern.compile("[\\s\\p{Z}]+");

    private Normalised() {}

    public static String of(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        String words = without(NO_WORD, plain);
        return words.codePoints().anyMatch(Character::isLetterOrDigit) ? words : without(PUNCTUATION, plain);
    }

    private static String without(Pattern pattern, String text) {
        return SPACES.matcher(pattern.matcher(text).replaceAll(""))
                .replaceAll(" ")
                .strip();
    }
}
