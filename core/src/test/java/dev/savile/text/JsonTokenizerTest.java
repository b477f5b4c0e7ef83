package dev.savile.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.savile.common.UserError;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTokenizerTest {
    private static final List<String> TOKENS = List.of("<end>", "a", "b", "Ġ", "ab", "Ġa", "<mark>", "Ċ");

    private static GgufVocabulary vocabulary(String model, String pre) {
        return new GgufVocabulary(model, pre, TOKENS, List.of(3, 1, 1, 1, 1, 1, 4, 1), List.of("a b", "Ġ a"), -1, null);
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

    private static JsonTokenizer beginning(String pre, @Nullable Boolean adds) {
        return Tokenizers.fromGguf(
                new GgufVocabulary("gpt2", pre, TOKENS, List.of(3, 1, 1, 1, 1, 1, 4, 1), List.of("a b"), 0, adds));
    }

    @Test
    void theTokenThatBeginsATextStandsThereOnce() {
        JsonTokenizer tokenizer = beginning("gpt-2", true);
        assertThat(tokenizer.lead()).containsExactly(0);
        assertThat(tokenizer.encodeFirst("ab")).containsExactly(0, 4);
        assertThat(tokenizer.encodeFirst("<end>ab")).containsExactly(0, 4);
        assertThat(tokenizer.encodeFirst("")).containsExactly(0);
        assertThat(tokenizer.encode("ab")).as("as a part").containsExactly(4);
        assertThat(beginning("gpt-2", null).lead()).isEmpty();
        assertThat(beginning("llama-bpe", null).lead()).containsExactly(0);
        assertThat(beginning("llama-bpe", false).lead()).isEmpty();
    }

    /// What stands before a text changes none of its tokens: adapters trained before it was known still fit.
    @Test
    void whatStandsBeforeATextIsNoPartOfTheDigest() {
        assertThat(beginning("gpt-2", true).digest())
                .isEqualTo(beginning("gpt-2", false).digest());
        JsonTokenizer other = beginning("gpt-2", false).leading(1, 0);
        assertThat(other.encodeFirst("ab")).containsExactly(1, 0, 4);
        assertThat(other.encode("ab")).containsExactly(4);
    }

    /// Where words are split at blanks first, the blank in front of each stands for the one that was split away.
    @Test
    void theBlanksOfWordsThatWereSplitStay() {
        String json = """
                {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
                "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
                {"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]},
                "post_processor":null,"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
                "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,
                "end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,
                "vocab":{"a":0,"▁":1,"▁a":2,"b":3,"▁b":4},"merges":["▁ a","▁ b"]}}""";
        JsonTokenizer tokenizer = Tokenizers.fromJson(json, "words");
        assertThat(tokenizer.encodeBehind(" a b"))
                .isEqualTo(tokenizer.encode("a b"))
                .containsExactly(2, 4);
    }

    /// Tokenizers of SentencePiece's kind, in the two ways in which files describe them.
    @ParameterizedTest
    @ValueSource(strings = {"""
                "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
                {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null""", """
                "normalizer":null,"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first",
                "split":false}"""})
    void onlyATextThatBeginsHasABlankBeforeIt(String sections) {
        String json = """
                {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],%s,"post_processor":null,
                "decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false},
                "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,
                "end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,
                "vocab":{"a":0,"▁":1,"▁a":2,"b":3},"merges":["▁ a"]}}""".formatted(sections);
        JsonTokenizer tokenizer = Tokenizers.fromJson(json, "pieces");
        assertThat(tokenizer.encode("a")).containsExactly(2);
        assertThat(tokenizer.encodeBehind("a")).containsExactly(0);
        assertThat(tokenizer.encodeBehind(" a")).containsExactly(2);
        EncodedRow row = RawEncoder.encode(tokenizer, "b ", "a", "");
        assertThat(row.ids()).isEqualTo(tokenizer.encode("b a"));
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
                        new GgufVocabulary("gpt2", "gpt-2", List.of("a", "a"), List.of(), List.of(), -1, null)))
                .hasMessageContaining("the token 'a' has the ids 0 and 1");
        assertThatThrownBy(() -> Tokenizers.fromGguf(
                        new GgufVocabulary("gpt2", "gpt-2", List.of("a", "b"), List.of(), List.of("a b"), -1, null)))
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
