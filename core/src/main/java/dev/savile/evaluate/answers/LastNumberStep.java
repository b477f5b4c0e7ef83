package dev.savile.evaluate.answers;

import dev.savile.evaluate.metrics.Prediction;
import dev.savile.evaluate.metrics.text.Normalisation;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Take the last number, written plainly: `$1,234.50.` gives `1234.5`.
///
/// A minus counts as a sign only where no word, number or bracket stands before it, so `10-5` ends in 5. Exponents and
/// fractions are not known: `3/4` ends in 4.
public record LastNumberStep() implements ExtractionStep {
    private static final String SIGN = "(?<sign>(?<![\\p{L}\\p{N})\\]])[-+])?";
    private static final String DIGITS = "(?<digits>(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d++)(?:\\.\\d+)?|(?<!\\d)\\.\\d+)";
    private static final Pattern NUMBER = Pattern.compile(SIGN + "[$€£]?" + DIGITS);

    @Override
    public Prediction read(String text) {
        Matcher matcher = NUMBER.matcher(text.replace('\u2212', '-')); // the minus of typographers
        String last = "";
        while (matcher.find()) {
            String sign = matcher.group("sign");
            last = (sign == null ? "" : sign) + matcher.group("digits");
        }
        return last.isEmpty()
                ? new Prediction.Unparsed("there is no number in it")
                : new Prediction.Parsed(Normalisation.NUMBER.apply(last));
    }

    @Override
    public String name() {
        return "last_number";
    }

    @Override
    public Object plain() {
        return Map.of();
    }
}
