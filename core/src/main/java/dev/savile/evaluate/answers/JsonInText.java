package dev.savile.evaluate.answers;

import dev.savile.common.Json;
import java.io.CharArrayReader;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/// A JSON object or list that stands somewhere in a text.
///
/// @param value what it holds; fields keep their order
/// @param start where it begins
/// @param end   behind its last character
public record JsonInText(JsonNode value, int start, int end) {
    private static final ObjectReader READER = Json.lenient()
            .readerFor(JsonNode.class)
            .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS); // 12.50 stays as it was written

    /// Find all of them, from left to right; those within others are not listed on their own.
    ///
    /// What looks like a beginning and is none is passed over. The parser gives up at a depth of a few hundred: a
    /// text of nothing but brackets costs no more than that for each.
    public static List<JsonInText> of(String text) {
        List<JsonInText> all = new ArrayList<>();
        char[] characters = text.toCharArray();
        int at = 0;
        while (at < characters.length)
            at = characters[at] == '{' || characters[at] == '[' ? read(characters, at, all) : at + 1;
        return all;
    }

    /// Read a value that may begin here; return the place to go on at.
    private static int read(char[] text, int start, List<JsonInText> all) {
        var rest = new CharArrayReader(text, start, text.length - start); // read piece by piece, never as a whole
        try (JsonParser parser = READER.createParser(rest)) {
            JsonNode value = READER.readTree(parser);
            int end = start + (int) parser.currentLocation().getCharOffset();
            all.add(new JsonInText(value, start, end));
            return end;
        } catch (JacksonException _) {
            return start + 1;
        }
    }
}
