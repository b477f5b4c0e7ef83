package dev.savile.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.savile.common.Digest;
import dev.savile.common.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Encode and decode with the Rust library behind Hugging Face's tokenizers, as a `tokenizer.json` says.
///
/// The binding would truncate to 512 tokens and pad to the longest unless told otherwise; it is told otherwise
/// here. It also counts spans in code points, which [#encodeWithSpans] turns into UTF-16 units. The tokenizer
/// lives as long as the process: one is built for each model, and its memory is a few megabytes.
public final class JsonTokenizer implements Tokenizer {
    static {
        // The binding reports its use over the network and may fetch GPU builds of itself; nothing here needs either.
        offline("OPT_OUT_TRACKING", "true");
        offline("ai.djl.offline", "true");
        offline("RUST_FLAVOR", "cpu");
    }

    private final String json;
    private final String digest;
    private final HuggingFaceTokenizer library;
    /// The same without the blank that it reads before a text.
    private final HuggingFaceTokenizer behind;
    private final int[] lead;
    private final TokenBytes tokenBytes;
    private final List<String> tokens;
    private final Map<String, Integer> ids;
    private final boolean[] special;
    private final boolean[] added;

    JsonTokenizer(String json, String name) {
        this(json, name, Digest.ofText(json));
    }

    /// @param digest of what defines the tokens
    JsonTokenizer(String json, String name, String digest) {
        this.json = json;
        this.digest = digest;
        JsonNode tree = parse(json, name);
        this.ids = vocabulary(tree);
        if (ids.isEmpty()) throw Tokenizers.unreadable(name, "it lists no tokens (model.vocab)");
        int size = ids.values().stream().mapToInt(Integer::intValue).max().orElseThrow() + 1;
        String[] names = new String[size];
        Arrays.fill(names, "");
        ids.forEach((token, id) -> names[id] = token);
        this.tokens = List.of(names);
        this.special = new boolean[size];
        this.added = new boolean[size];
        for (JsonNode token : tree.path("added_tokens")) {
            int id = token.path("id").asInt();
            added[id] = true;
            special[id] = token.path("special").asBoolean(false);
        }
        this.tokenBytes = TokenBytes.of(tree.path("decoder"));
        String own = withoutLimits(tree, json);
        this.library = load(own, name);
        String plain = FirstBlank.without(tree, own);
        this.behind = plain.equals(own) ? library : load(plain, name);
        this.lead = lead(library);
    }

    /// Another tokenizer's self, with another lead.
    private JsonTokenizer(JsonTokenizer same, int... lead) {
        json = same.json;
        digest = same.digest;
        library = same.library;
        behind = same.behind;
        tokenBytes = same.tokenBytes;
        tokens = same.tokens;
        ids = same.ids;
        special = same.special;
        added = same.added;
        this.lead = lead;
    }

    /// Return the same tokenizer with these tokens before a text that stands alone.
    public JsonTokenizer leading(int... first) {
        return new JsonTokenizer(this, first.clone());
    }

    /// Find what the file's post-processor puts before a text.
    private static int[] lead(HuggingFaceTokenizer library) {
        int[] bare = ids(library, "a", false);
        int[] whole = ids(library, "a", true);
        int first = 0;
        while (first < whole.length && (bare.length == 0 || whole[first] != bare[0])) first++;
        return Arrays.copyOf(whole, first < whole.length ? first : 0);
    }

    private static int[] ids(HuggingFaceTokenizer library, String text, boolean withSpecial) {
        return Arrays.stream(library.encode(text, withSpecial, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static void offline(String property, String value) {
        if (System.getProperty(property) == null) System.setProperty(property, value);
    }

    private static JsonNode parse(String json, String name) {
        try {
            return Json.lenient().readTree(json);
        } catch (JacksonException e) {
            throw Tokenizers.unreadable(name, e.getOriginalMessage()).causedBy(e);
        }
    }

    private static Map<String, Integer> vocabulary(JsonNode tree) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        JsonNode vocabulary = tree.path("model").path("vocab");
        if (vocabulary.isArray()) {
            int id = 0;
            for (JsonNode piece : vocabulary) ids.put(piece.path(0).asString(), id++); // Unigram: [token, score]
        } else
            vocabulary
                    .properties()
                    .forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
        for (JsonNode token : tree.path("added_tokens"))
            ids.put(token.path("content").asString(), token.path("id").asInt());
        return ids;
    }

    /// A file may ask for truncation or padding of its own; both would change ids behind our back.
    private static String withoutLimits(JsonNode tree, String json) {
        boolean limited =
                tree.path("truncation").isObject() || tree.path("padding").isObject();
        if (!limited || !(tree instanceof ObjectNode object)) return json;
        object.putNull("truncation");
        object.putNull("padding");
        return object.toString();
    }

    private static HuggingFaceTokenizer load(String json, String name) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("addSpecialTokens", "false");
        options.put("truncation", "false");
        options.put("padding", "false");
        try (ByteArrayInputStream in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return HuggingFaceTokenizer.newInstance(in, options);
        } catch (IOException | RuntimeException e) {
            String reason = String.valueOf(e.getMessage())
                    .lines()
                    .findFirst()
                    .orElse(e.getClass().getSimpleName());
            throw Tokenizers.unreadable(name, reason).causedBy(e);
        }
    }

    /// Return the `tokenizer.json` that defines this tokenizer, to be kept beside a converted model.
    public String toTokenizerJson() {
        return json;
    }

    @Override
    public int[] encode(String text) {
        return ids(library, wellFormed(text), false);
    }

    @Override
    public int[] lead() {
        return lead.clone();
    }

    @Override
    public int[] encodeBehind(String text) {
        return ids(behind, wellFormed(text), false);
    }

    @Override
    public Encoding encodeWithSpans(String text) {
        String clean = wellFormed(text);
        var encoding = library.encode(clean, false, false);
        int[] encoded =
                Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
        int[] starts = new int[encoded.length];
        int[] ends = new int[encoded.length];
        int[] offsets = offsets(clean);
        CharSpan[] spans = encoding.getCharTokenSpans();
        for (int i = 0; i < encoded.length; i++) {
            CharSpan span = spans[i];
            // A token without a place in the text stands between its neighbours.
            starts[i] = span == null ? (i == 0 ? 0 : ends[i - 1]) : offsets[span.getStart()];
            ends[i] = span == null ? starts[i] : offsets[span.getEnd()];
        }
        return new Encoding(encoded, starts, ends);
    }

    /// Return the UTF-16 offset of each code point, and of the end.
    private static int[] offsets(String text) {
        int[] offsets = new int[text.codePointCount(0, text.length()) + 1];
        int offset = 0;
        for (int i = 0; i < offsets.length - 1; i++) {
            offsets[i] = offset;
            offset += Character.charCount(text.codePointAt(offset));
        }
        offsets[offsets.length - 1] = offset;
        return offsets;
    }

    /// Replace halves of surrogate pairs, which are no text, by U+FFFD; lengths stay the same.
    private static String wellFormed(String text) {
        StringBuilder clean = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (clean == null) clean = new StringBuilder(text);
            clean.setCharAt(i, '\uFFFD');
        }
        return clean == null ? text : clean.toString();
    }

    @Override
    public String decode(int[] encoded) {
        for (int id : encoded) requireKnown(id);
        if (tokenBytes != TokenBytes.BYTE_LEVEL)
            return library.decode(Arrays.stream(encoded).asLongStream().toArray(), false);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int id : encoded) out.writeBytes(bytes(id));
        return Utf8.decode(out.toByteArray());
    }

    @Override
    public byte[] bytes(int id) {
        requireKnown(id);
        String token = tokens.get(id);
        boolean verbatim = added[id] && tokenBytes != TokenBytes.BYTE_LEVEL;
        return verbatim ? token.getBytes(StandardCharsets.UTF_8) : tokenBytes.of(token);
    }

    private void requireKnown(int id) {
        if (id < 0 || id >= tokens.size())
            throw new IllegalArgumentException("token id " + id + " is not in 0 to " + (tokens.size() - 1));
    }

    @Override
    public boolean special(int id) {
        return id >= 0 && id < special.length && special[id];
    }

    @Override
    public int vocabularySize() {
        return tokens.size();
    }

    @Override
    public OptionalInt idOf(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public String digest() {
        return digest;
    }

    /// Return the special tokens in the order of their ids.
    public List<String> specialTokens() {
        List<String> names = new ArrayList<>();
        for (int id = 0; id < special.length; id++) if (special[id]) names.add(tokens.get(id));
        return names;
    }
}
