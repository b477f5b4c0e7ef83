package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTokenizerTest {
    private static final List<String> TOKENS = List.of("<end>", "a", "b", "Ġ", "ab", "Ġa", "<mark>", "Ċ");

    private static GgufVocabulary vocabulary(String model, String pre) {
        return new GgufVocabulary(model, pre, TOKENS, List.of(3, 1, 1, 1, 1, 1, 4, 1), List.of("a b", "Ġ a"));
    }

    @Test
    void fiveThousandWordsGiveAllTheirIds() {
        JsonTokenizer tokenizer = Tokenizers.fromGguf(vocabulary("gpt2", "gpt-2"));
        assertThat(tokenizer.encode(" a".repeat(5000))).hasSize(5000).containsOnly(5);
    }

    @Test
    void truncationAndPaddingWrittenInTheFileAreIgnored() {
        String json = Tokenizers.fromGguf(vocabulary("gpt2", "gpt-2")).toTokenizerJson();
        String limited = json.replace(
                        "\"truncation\":null",
                        "\"truncation\":{\"direction\":\"Right\",\"max_length\":3,\"strategy\":\"LongestFirst\",\"stride\":0}")
                .replace(
                        "\"padding\":null",
                        "\"padding\":{\"strategy\":{\"Fixed\":64},\"direction\":\"Right\",\"pad_to_multiple_of\":null,"
                                + "\"pad_id\":0,\"pad_type_id\":0,\"pad_token\":\"<end>\"}");
        assertThat(limited).isNotEqualTo(json);
        assertThat(Tokenizers.fromJson(limited, "limited").encode(" a".repeat(20)))
                .hasSize(20);
    }

    @Test
    void specialTokensInTheTextAreRecognisedAndNoneAreAdded() {
        JsonTokenizer tokenizer = Tokenizers.fromGguf(vocabulary("gpt2", "gpt-2"));
        assertThat(tokenizer.encode("ab<end>a<mark>")).containsExactly(4, 0, 1, 6);
        assertThat(tokenizer.special(0)).isTrue();
        assertThat(tokenizer.special(6)).as("user-defined").isFalse();
        assertThat(tokenizer.decode(new int[] {4, 0, 1, 6})).isEqualTo("ab<end>a<mark>");
        assertThat(tokenizer.specialTokens()).containsExactly("<end>");
    }

    @Test
    void theGeneratedFileLoadsAsTheSameTokenizer() {
        JsonTokenizer tokenizer = Tokenizers.fromGguf(vocabulary("gpt2", "smollm"));
        JsonTokenizer again = Tokenizers.fromJson(tokenizer.toTokenizerJson(), "again");
        assertThat(again.digest()).isEqualTo(tokenizer.digest());
        assertThat(again.encode("ab a\nab"))
                .isEqualTo(tokenizer.encode("ab a\nab"))
                .containsExactly(4, 5, 7, 4);
        assertThat(again.idOf("Ġa")).hasValue(5);
        assertThat(again.idOf("nothing")).isEmpty();
        assertThat(again.vocabularySize()).isEqualTo(TOKENS.size());
    }

    @Test
    void everyKnownSplittingLoads() {
        for (String pre : List.of("default", "gpt-2", "smollm", "llama-bpe", "qwen2"))
            assertThat(Tokenizers.fromGguf(vocabulary("gpt2", pre)).encode("ab a"))
                    .as(pre)
                    .containsExactly(4, 5);
    }

    @Test
    void unknownKindsAreRefusedByName() {
        assertThatThrownBy(() -> Tokenizers.fromGguf(vocabulary("llama", "default")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("'llama'");
        assertThatThrownBy(() -> Tokenizers.fromGguf(vocabulary("gpt2", "smolm")))
                .isInstanceOfSatisfying(UserError.class, e -> {
                    assertThat(e.code()).isEqualTo("tokenizer.pre");
                    assertThat(e.fix()).contains("is 'smollm' meant?");
                });
    }

    @Test
    void tablesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Tokenizers.fromGguf(
                        new GgufVocabulary("gpt2", "gpt-2", List.of("a", "a"), List.of(), List.of())))
                .hasMessageContaining("the token 'a' has the ids 0 and 1");
        assertThatThrownBy(() -> Tokenizers.fromGguf(
                        new GgufVocabulary("gpt2", "gpt-2", List.of("a", "b"), List.of(), List.of("a b"))))
                .hasMessageContaining("the merge 'a b'");
        assertThatThrownBy(() -> Tokenizers.fromJson("{\"model\": 3", "broken.json"))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("tokenizer.unreadable"));
    }

    @Test
    void halfASurrogatePairIsReadAsTheReplacementCharacter() {
        JsonTokenizer tokenizer = Shared.smolFromGguf();
        assertThat(tokenizer.decode(tokenizer.encode("a\uD83Db"))).isEqualTo("a\uFFFDb");
    }
}
