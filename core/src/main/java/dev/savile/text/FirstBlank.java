package dev.savile.text;

import dev.savile.common.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The blank that tokenizers of SentencePiece's kind read before every text, so that a text's first word is the same
/// token as within a sentence. A text that goes on from another must not have it.
final class FirstBlank {
    /// Where a file may ask for it.
    private static final List<String> SECTIONS = List.of("normalizer", "pre_tokenizer");

    private FirstBlank() {}

    /// Return a `tokenizer.json` that does not add it; the same text where it never does.
    ///
    /// @param tree the file as it was read, which stays as it is
    /// @param json the same as text
    static String without(JsonNode tree, String json) {
        if (!(tree instanceof ObjectNode whole)) return json;
        ObjectNode file = Json.lenient().createObjectNode();
        file.setAll(whole); // all but the two sections below is shared: a vocabulary is large
        for (String section : SECTIONS)
            if (file.has(section)) file.set(section, file.get(section).deepCopy());
        boolean changed = normalizer(file, SECTIONS.getFirst());
        changed |= preTokenizer(file.path(SECTIONS.getLast()));
        return changed ? file.toString() : json;
    }

    private static boolean normalizer(ObjectNode owner, String key) {
        JsonNode section = owner.path(key);
        if (type(section, "Prepend")) {
            owner.putNull(key);
            return true;
        }
        boolean changed = false;
        if (section.path("normalizers") instanceof ArrayNode parts)
            for (int i = parts.size() - 1; i >= 0; i--)
                if (type(parts.get(i), "Prepend")) {
                    parts.remove(i);
                    changed = true;
                }
        return changed;
    }

    private static boolean preTokenizer(JsonNode section) {
        boolean changed = false;
        // Behind a split at blanks each word has its blank from here: it stands for the one that was split away.
        boolean split = false;
        for (JsonNode part : section.path("pretokenizers")) {
            split |= type(part, "WhitespaceSplit") || type(part, "Whitespace") || type(part, "BertPreTokenizer");
            if (!split) changed |= preTokenizer(part);
        }
        if (!(section instanceof ObjectNode own)) return changed;
        boolean adds = section.path("add_prefix_space").asBoolean(type(section, "Metaspace"));
        if (type(section, "Metaspace")
                && adds
                && !section.path("prepend_scheme").asString("always").equals("never")) {
            own.put("prepend_scheme", "never");
            own.put("add_prefix_space", false);
            return true;
        }
        if (type(section, "ByteLevel") && adds) {
            own.put("add_prefix_space", false);
            return true;
        }
        return changed;
    }

    private static boolean type(JsonNode section, String name) {
        return section.path("type").asString("").equals(name);
    }
}
