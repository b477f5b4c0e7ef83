package dev.savile.text;

import java.util.LinkedHashMap;
import java.util.Map;

/// Name the special tokens of a model by their text; empty where the model has none.
///
/// @param beginning   written before a text (BOS)
/// @param end         written behind a text (EOS)
/// @param padding     fills batches
/// @param endOfTurn   ends a turn, where that is not `end`
public record SpecialTokens(String beginning, String end, String padding, String endOfTurn) {
    public static SpecialTokens none() {
        return new SpecialTokens("", "", "", "");
    }

    /// Return the names under which templates know them; those that do not exist stay undefined.
    Map<String, String> toData() {
        Map<String, String> data = new LinkedHashMap<>();
        put(data, "bos_token", beginning);
        put(data, "eos_token", end);
        put(data, "pad_token", padding);
        put(data, "eot_token", endOfTurn);
        return data;
    }

    private static void put(Map<String, String> data, String name, String token) {
        if (!token.isEmpty()) data.put(name, token);
    }
}
