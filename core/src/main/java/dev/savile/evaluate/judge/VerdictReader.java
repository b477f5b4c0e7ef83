package dev.savile.evaluate.judge;

import dev.savile.evaluate.answers.JsonInText;
import dev.savile.evaluate.metrics.Prediction;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Read a verdict, `1`, `2` or `tie`, out of what a judge wrote: JSON with the field `verdict` that ends the text and
/// has a reason before it, in prose or in a field of its own.
final class VerdictReader {
    private static final Pattern FENCE = Pattern.compile("```\\w*");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]");

    private VerdictReader() {}

    static Prediction read(String text) {
        JsonInText last = null;
        for (JsonInText json : JsonInText.of(text)) if (json.value().has("verdict")) last = json;
        if (last == null) return new Prediction.Unparsed("no verdict");
        if (says(text.substring(last.end()))) return new Prediction.Unparsed("the verdict does not stand last");
        if (!says(text.substring(0, last.start())) && !reasonedWithin(last.value()))
            return new Prediction.Unparsed("no reason before the verdict");
        String verdict = last.value().path("verdict").asString("").strip().toLowerCase(Locale.ROOT);
        return switch (verdict) {
            case "1", "2", "tie" -> new Prediction.Parsed(verdict);
            default -> new Prediction.Unparsed("an unknown verdict");
        };
    }

    /// Whether the answer that a verdict names is the first one, the second, or none.
    static Preference preference(String verdict) {
        return switch (verdict) {
            case "1" -> Preference.FIRST;
            case "2" -> Preference.SECOND;
            default -> Preference.TIE;
        };
    }

    private static boolean says(String text) {
        return WORD.matcher(FENCE.matcher(text).replaceAll("")).find();
    }

    private static boolean reasonedWithin(JsonNode json) {
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (field.getKey().equals("verdict")) return false;
            if (says(field.getValue().asString(""))) return true;
        }
        return false;
    }
}
