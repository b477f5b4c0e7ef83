package dev.savile.evaluate.metrics.text;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/// How texts are made comparable before they are compared.
public enum Normalisation {
    /// As they are.
    RAW {
        @Override
        public String apply(String text) {
            return text;
        }
    },
    /// Without white space at both ends.
    TRIM {
        @Override
        public String apply(String text) {
            return text.strip();
        }
    },
    /// Compatible forms made one (NFKC), lower case, without white space at both ends.
    CASE {
        @Override
        public String apply(String text) {
            return Normalizer.normalize(text, Normalizer.Form.NFKC)
                    .toLowerCase(Locale.ROOT)
                    .strip();
        }
    },
    /// As SQuAD v1.1 does it: lower case, without ASCII punctuation and the words a, an and the, single spaces.
    SQUAD {
        @Override
        public String apply(String text) {
            String plain = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
            return SPACES.matcher(ARTICLES.matcher(plain).replaceAll(" "))
                    .replaceAll(" ")
                    .strip();
        }
    },
    /// A number: without thousands separators, signs of currency and of per cent, and a final full stop; equal values
    /// are equal texts. What is no number stays as it is, trimmed.
    NUMBER {
        @Override
        public String apply(String text) {
            String plain = NUMBER_SIGNS.matcher(text.strip()).replaceAll("");
            if (plain.endsWith(".")) plain = plain.substring(0, plain.length() - 1);
            if (!PLAIN_NUMBER.matcher(plain).matches()) return text.strip();
            var value = new java.math.BigDecimal(plain).stripTrailingZeros();
            return value.signum() == 0 ? "0" : value.toPlainString();
        }
    };

    private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");
    private static final Pattern ARTICLES = Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern NUMBER_SIGNS = Pattern.compile("[,$€£%\\s]");
    private static final Pattern PLAIN_NUMBER = Pattern.compile("[-+]?(\\d{1,60}(\\.\\d{0,60})?|\\.\\d{1,60})");

    public abstract String apply(String text);

    /// Return the name under which it is printed.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
