package dev.savile.text;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Write the `tokenizer.json` of a byte-level BPE tokenizer from its tables.
final class TokenizerJson {
    /// Nothing is put before a text.
    static final int NO_LEAD = -1;

    private TokenizerJson() {}

    /// Describe a token that is looked for in the text before anything else.
    record Added(int id, String content, boolean special) {}

    /// Write the file's text.
    ///
    /// @param tokens tokens by id
    /// @param merges two tokens with a blank between, in order of urgency
    /// @param lead   id of the token that is put before a text; [#NO_LEAD] for none
    /// @throws UserError `tokenizer.duplicate`, `tokenizer.merge`
    static String write(List<String> tokens, List<String> merges, PreTokenization pre, List<Added> added, int lead) {
        Map<String, Integer> vocabulary = LinkedHashMap.newLinkedHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            Integer earlier = vocabulary.put(tokens.get(id), id);
            if (earlier != null)
                throw new UserError(
                        "tokenizer.duplicate",
                        "the token '" + tokens.get(id) + "' has the ids " + earlier + " and " + id,
                        "its text would not have one id",
                        "fetch the model again, or use another conversion of it");
        }
        Map<String, @Nullable Object> model = new LinkedHashMap<>();
        model.put("type", "BPE");
        model.put("dropout", null);
        model.put("unk_token", null);
        model.put("continuing_subword_prefix", "");
        model.put("end_of_word_suffix", "");
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", pre.wholePiecesFirst());
        model.put("vocab", vocabulary);
        model.put("merges", pairs(merges, vocabulary));

        Map<String, @Nullable Object> file = new LinkedHashMap<>();
        file.put("version", "1.0");
        file.put("truncation", null);
        file.put("padding", null);
        file.put("added_tokens", added.stream().map(TokenizerJson::added).toList());
        file.put("normalizer", pre.normalizer().orElse(null));
        file.put("pre_tokenizer", pre.section());
        file.put("post_processor", lead == NO_LEAD ? null : putBefore(tokens.get(lead), lead));
        file.put(
                "decoder",
                object("type", "ByteLevel", "add_prefix_space", true, "trim_offsets", true, "use_regex", true));
        file.put("model", model);
        return Json.line(file);
    }

    private static Map<String, Object> putBefore(String token, int id) {
        Object first = object("SpecialToken", object("id", token, "type_id", 0));
        List<Object> single = List.of(first, object("Sequence", object("id", "A", "type_id", 0)));
        List<Object> pair = List.of(
                first,
                object("Sequence", object("id", "A", "type_id", 0)),
                object("Sequence", object("id", "B", "type_id", 1)));
        Map<String, Object> known = object(token, object("id", token, "ids", List.of(id), "tokens", List.of(token)));
        return object("type", "TemplateProcessing", "single", single, "pair", pair, "special_tokens", known);
    }

    private static Map<String, Object> added(Added token) {
        return object(
                "id", token.id(),
                "content", token.content(),
                "single_word", false,
                "lstrip", false,
                "rstrip", false,
                "normalized", false,
                "special", token.special());
    }

    private static List<List<String>> pairs(List<String> merges, Map<String, Integer> vocabulary) {
        List<List<String>> pairs = new ArrayList<>(merges.size());
        for (String merge : merges) {
            int blank = merge.indexOf(' ', 1);
            String left = blank < 0 ? "" : merge.substring(0, blank);
            String right = blank < 0 ? "" : merge.substring(blank + 1);
            if (!vocabulary.containsKey(left)
                    || !vocabulary.containsKey(right)
                    || !vocabulary.containsKey(left + right))
                throw new UserError(
                        "tokenizer.merge",
                        "the merge '" + merge + "' names a token that is not in the vocabulary",
                        "the tables of the tokenizer do not belong together",
                        "fetch the model again, or use another conversion of it");
            pairs.add(List.of(left, right));
        }
        return pairs;
    }

    /// Make a map of pairs, in this order.
    static Map<String, Object> object(Object... keysAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) object.put((String) keysAndValues[i], keysAndValues[i + 1]);
        return object;
    }
}
