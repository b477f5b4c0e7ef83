package dev.savile.files.gguf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tokenizer and the chat template that a GGUF file carries, as plain lists.
///
/// @param model        kind of tokenizer, `gpt2` for byte-level BPE
/// @param preTokenizer how text is split before merging
/// @param tokenTypes   1 normal, 3 control, 4 user-defined; empty when the file does not say
/// @param beginning    id of the beginning token; -1 for none
/// @param end          id of the end token; -1 for none
/// @param padding      id of the padding token; -1 for none
/// @param chatTemplate empty for none
/// @param addBeginning whether the beginning token stands before every text; null when the file does not say
public record GgufTables(
        String model,
        String preTokenizer,
        List<String> tokens,
        List<Integer> tokenTypes,
        List<String> merges,
        int beginning,
        int end,
        int padding,
        String chatTemplate,
        @Nullable Boolean addBeginning) {
    static GgufTables of(Map<String, Object> metadata) {
        return new GgufTables(
                text(metadata, "tokenizer.ggml.model"),
                metadata.containsKey("tokenizer.ggml.pre") ? text(metadata, "tokenizer.ggml.pre") : "default",
                texts(metadata, "tokenizer.ggml.tokens"),
                numbers(metadata, "tokenizer.ggml.token_type"),
                texts(metadata, "tokenizer.ggml.merges"),
                number(metadata, "tokenizer.ggml.bos_token_id"),
                number(metadata, "tokenizer.ggml.eos_token_id"),
                number(metadata, "tokenizer.ggml.padding_token_id"),
                text(metadata, "tokenizer.chat_template"),
                metadata.get("tokenizer.ggml.add_bos_token") instanceof Boolean adds ? adds : null);
    }

    private static String text(Map<String, Object> metadata, String key) {
        return metadata.get(key) instanceof String text ? text : "";
    }

    private static int number(Map<String, Object> metadata, String key) {
        return metadata.get(key) instanceof Number number ? number.intValue() : -1;
    }

    private static List<String> texts(Map<String, Object> metadata, String key) {
        List<String> texts = new ArrayList<>();
        if (metadata.get(key) instanceof List<?> list) list.forEach(entry -> texts.add(String.valueOf(entry)));
        return texts;
    }

    private static List<Integer> numbers(Map<String, Object> metadata, String key) {
        List<Integer> numbers = new ArrayList<>();
        if (metadata.get(key) instanceof List<?> list)
            for (Object entry : list) if (entry instanceof Number number) numbers.add(number.intValue());
        return numbers;
    }
}
