package dev.savile.text;

import dev.savile.common.UserError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hold the tokenizer tables of a GGUF file.
///
/// | component | metadata key |
/// |---|---|
/// | `model` | `tokenizer.ggml.model`: `gpt2` for byte-level BPE |
/// | `preTokenizer` | `tokenizer.ggml.pre`: how text is split before merging; `default` when absent |
/// | `tokens` | `tokenizer.ggml.tokens`, by id |
/// | `tokenTypes` | `tokenizer.ggml.token_type`, by id; empty when absent |
/// | `merges` | `tokenizer.ggml.merges`: two tokens with a blank between, the most urgent first |
/// | `beginning` | `tokenizer.ggml.bos_token_id`; -1 for none |
/// | `addBeginning` | `tokenizer.ggml.add_bos_token`: whether it stands before every text; null when absent |
public record GgufVocabulary(
        String model,
        String preTokenizer,
        List<String> tokens,
        List<Integer> tokenTypes,
        List<String> merges,
        int beginning,
        @Nullable Boolean addBeginning) {
    /// The type of tokens that mark structure.
    public static final int CONTROL = 3;

    /// The type of tokens that were added to the vocabulary as whole pieces of text.
    public static final int USER_DEFINED = 4;

    public GgufVocabulary {
        if (tokens.isEmpty())
            throw new UserError(
                    "tokenizer.empty",
                    "the GGUF file lists no tokens",
                    "without them no text can be encoded",
                    "take a file that contains its tokenizer (tokenizer.ggml.tokens)");
        if (!tokenTypes.isEmpty() && tokenTypes.size() != tokens.size())
            throw new UserError(
                    "tokenizer.types",
                    "the GGUF file has " + tokens.size() + " tokens but " + tokenTypes.size() + " token types",
                    "each token needs its type to tell text from structure",
                    "fetch the file again");
        tokens = List.copyOf(tokens);
        tokenTypes = List.copyOf(tokenTypes);
        merges = List.copyOf(merges);
    }

    boolean control(int id) {
        return !tokenTypes.isEmpty() && tokenTypes.get(id) == CONTROL;
    }

    boolean userDefined(int id) {
        return !tokenTypes.isEmpty() && tokenTypes.get(id) == USER_DEFINED;
    }
}
