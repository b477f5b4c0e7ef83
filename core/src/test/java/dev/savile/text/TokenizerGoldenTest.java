package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Compare ids, spans and decoded text with the Python tokenizers.
class TokenizerGoldenTest {
    @Test
    void smolLmFromItsGgufTablesEqualsTheModelsOwnTokens() {
        JsonTokenizer tokenizer = Shared.smolFromGguf();
        List<String> wrong = new ArrayList<>();
        int compared = 0;
        for (JsonNode one :
                Json.tree(Shared.folder().resolve("golden/smollm2/tokens.json")).get("cases")) {
            compared++;
            String text = one.get("text").asString();
            int[] ids = tokenizer.encode(text);
            if (!Arrays.equals(ids, Shared.ints(one.get("ids")))) wrong.add(text + " gives " + Arrays.toString(ids));
            String decoded = tokenizer.decode(ids);
            if (!decoded.equals(one.get("decoded").asString())) wrong.add(text + " is decoded as " + decoded);
        }
        assertThat(wrong).isEmpty();
        assertThat(compared).isGreaterThan(10);
    }

    @Test
    void smolLmFromItsGgufTablesEqualsTheTable() {
        compare(Shared.smolFromGguf(), Shared.folder().resolve("golden2/tokenizers/smollm2.json"), true);
    }

    @Test
    void smolLmFromTokenizerJsonEqualsTheTable() {
        Path folder = Shared.folder().resolve("golden2/tokenizers");
        compare(Tokenizers.fromFile(folder.resolve("smollm2/tokenizer.json")), folder.resolve("smollm2.json"), false);
    }

    @Test
    void gpt2FromItsTwoFilesEqualsTheTable() {
        compare(Shared.gpt2(), Shared.folder().resolve("golden2/tokenizers/gpt2.json"), false);
    }

    @Test
    void aSmallGgufModelTokenizesAsItsTokenizerJson() throws Exception {
        Path folder = Shared.folder().resolve("golden/gguf/llama");
        JsonTokenizer fromGguf = Tokenizers.fromGguf(GgufTables.vocabulary(folder.resolve("llama-f32.gguf")));
        JsonTokenizer fromJson = Tokenizers.fromFile(folder.resolve("tokenizer.json"));
        JsonNode golden = Json.tree(folder.resolve("tokenizer-golden.json"));
        JsonNode cases = golden.isArray() ? golden : golden.get("cases");
        assertThat(cases.size()).isPositive();
        for (JsonNode one : cases) {
            int[] ids = Shared.ints(one.get("ids"));
            String text = one.get("text").asString();
            assertThat(fromGguf.encode(text)).as(text).isEqualTo(ids);
            assertThat(fromJson.encode(text)).as(text).isEqualTo(ids);
            assertThat(fromGguf.decode(ids)).isEqualTo(one.get("decoded").asString());
        }
    }

    private static void compare(JsonTokenizer tokenizer, Path file, boolean splitsDigits) {
        JsonNode golden = Json.tree(file);
        List<String> wrong = new ArrayList<>();
        for (JsonNode one : golden.get("strings")) {
            String name = one.get("name").asString();
            String text = one.get("text").asString();
            boolean otherDigits = splitsDigits && one.has("ids_with_digit_splitting");
            int[] ids = Shared.ints(one.get(otherDigits ? "ids_with_digit_splitting" : "ids"));
            Encoding encoding = tokenizer.encodeWithSpans(text);
            if (!Arrays.equals(encoding.ids(), ids)) {
                wrong.add(name + ": ids " + Arrays.toString(encoding.ids()));
                continue;
            }
            if (!Arrays.equals(tokenizer.encode(text), ids)) wrong.add(name + ": encode differs from encodeWithSpans");
            String encoded = one.has("encoded_as") ? one.get("encoded_as").asString() : text;
            String decoded = one.get("decoded").asString().equals("same")
                    ? encoded
                    : one.get("decoded").asString();
            if (!tokenizer.decode(ids).equals(decoded)) wrong.add(name + ": decoded as " + tokenizer.decode(ids));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int id : ids) bytes.writeBytes(tokenizer.bytes(id));
            if (!bytes.toString(StandardCharsets.UTF_8).equals(decoded)) wrong.add(name + ": bytes differ");
            if (!otherDigits) compareSpans(one, encoding, name, wrong);
        }
        assertThat(wrong).isEmpty();
        assertThat(golden.get("strings").size()).isGreaterThan(100);
        assertThat(tokenizer.vocabularySize())
                .isEqualTo(golden.get("vocab_size").asInt());
    }

    private static void compareSpans(JsonNode one, Encoding encoding, String name, List<String> wrong) {
        JsonNode spans = one.get(one.has("utf16_offsets") ? "utf16_offsets" : "char_offsets");
        for (int i = 0; i < encoding.length(); i++)
            if (encoding.starts()[i] != spans.get(i).get(0).asInt()
                    || encoding.ends()[i] != spans.get(i).get(1).asInt()) {
                wrong.add(name + ": token " + i + " spans " + encoding.starts()[i] + " to " + encoding.ends()[i]
                        + " instead of " + spans.get(i));
                return;
            }
    }
}
