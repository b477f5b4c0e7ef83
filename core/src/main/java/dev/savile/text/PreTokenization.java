package dev.savile.text;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Name the ways in which byte-level BPE tokenizers split text before merging.
enum PreTokenization {
    /// GPT-2: contractions, words, numbers and signs, each with one blank before it.
    GPT2,
    /// SmolLM: every digit on its own, then as GPT-2.
    SMOLLM,
    /// Llama 3: numbers of up to three digits, signs together with line ends; a token that is a whole piece wins
    /// over merges.
    LLAMA3,
    /// Qwen 2: as Llama 3 with every digit on its own, over text in Unicode's composed form.
    QWEN2;

    /// Return the names that GGUF files use for it.
    private List<String> names() {
        return switch (this) {
            case GPT2 -> List.of("gpt-2", "gpt2", "default");
            case SMOLLM -> List.of("smollm");
            case LLAMA3 -> List.of("llama-bpe", "llama3", "llama-v3");
            case QWEN2 -> List.of("qwen2");
        };
    }

    /// Find the splitting that a GGUF file asks for.
    ///
    /// @throws UserError `tokenizer.pre` when it is not known
    static PreTokenization named(String name) {
        for (PreTokenization candidate : values()) if (candidate.names().contains(name)) return candidate;
        List<String> known =
                Arrays.stream(values()).flatMap(one -> one.names().stream()).toList();
        throw new UserError(
                "tokenizer.pre",
                "the pre-tokenizer '" + name + "' of the GGUF file is not known",
                "with another splitting the same text would get other ids than in training",
                "use a model with one of " + String.join(", ", known) + ", or one with a tokenizer.json"
                        + Nearest.to(name, known)
                                .map(near -> " (is '" + near + "' meant?)")
                                .orElse(""));
    }

    /// Return the `pre_tokenizer` section of a `tokenizer.json`.
    Map<String, Object> section() {
        return switch (this) {
            case GPT2 -> byteLevel(true);
            case SMOLLM -> sequence(TokenizerJson.object("type", "Digits", "individual_digits", true), byteLevel(true));
            case LLAMA3 -> sequence(split("\\p{N}{1,3}"), byteLevel(false));
            case QWEN2 -> sequence(split("\\p{N}"), byteLevel(false));
        };
    }

    private static Map<String, Object> sequence(Object first, Object second) {
        return TokenizerJson.object("type", "Sequence", "pretokenizers", List.of(first, second));
    }

    /// Return the `normalizer` section, if there is one.
    Optional<Map<String, Object>> normalizer() {
        return this == QWEN2 ? Optional.of(TokenizerJson.object("type", "NFC")) : Optional.empty();
    }

    /// Whether the beginning token stands before every text where a GGUF file does not say.
    boolean addsBeginning() {
        return this == LLAMA3;
    }

    boolean wholePiecesFirst() {
        return this == LLAMA3;
    }

    private static Map<String, Object> split(String digits) {
        String pattern = String.join(
                "|",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
                "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+",
                digits,
                " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*",
                "\\s*[\\r\\n]+",
                "\\s+(?!\\S)",
                "\\s+");
        return TokenizerJson.object(
                "type",
                "Split",
                "pattern",
                TokenizerJson.object("Regex", pattern),
                "behavior",
                "Isolated",
                "invert",
                false);
    }

    private static Map<String, Object> byteLevel(boolean split) {
        return TokenizerJson.object(
                "type", "ByteLevel", "add_prefix_space", false, "trim_offsets", false, "use_regex", split);
    }
}
