package dev.savile.text;

import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Build tokenizers: from a `tokenizer.json`, from the tables of a GGUF file, or from GPT-2's two files.
public final class Tokenizers {
    private static final String GPT2_END = "<|endoftext|>";

    private Tokenizers() {}

    /// Load a `tokenizer.json`.
    ///
    /// @throws UserError `file.missing`, `file.unreadable`, `json.syntax` or `tokenizer.unreadable`
    public static JsonTokenizer fromFile(Path tokenizerJson) {
        return fromJson(read(tokenizerJson), tokenizerJson.toString());
    }

    /// Load the text of a `tokenizer.json`.
    ///
    /// @param name how to call it in messages
    public static JsonTokenizer fromJson(String json, String name) {
        return new JsonTokenizer(json, name);
    }

    /// Build the tokenizer that a GGUF file describes.
    ///
    /// @throws UserError `tokenizer.model` or `tokenizer.pre` for kinds that are not known
    public static JsonTokenizer fromGguf(GgufVocabulary vocabulary) {
        if (!vocabulary.model().equals("gpt2"))
            throw new UserError(
                    "tokenizer.model",
                    "the tokenizer model '" + vocabulary.model() + "' of the GGUF file is not supported",
                    "only byte-level BPE (gpt2) can be rebuilt from GGUF tables exactly",
                    "use a model with a tokenizer.json, or a GGUF file whose tokenizer.ggml.model is gpt2");
        List<TokenizerJson.Added> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.tokens().size(); id++)
            if (vocabulary.control(id) || vocabulary.userDefined(id))
                added.add(new TokenizerJson.Added(id, vocabulary.tokens().get(id), vocabulary.control(id)));
        PreTokenization pre = PreTokenization.named(vocabulary.preTokenizer());
        boolean adds = vocabulary.addBeginning() == null ? pre.addsBeginning() : vocabulary.addBeginning();
        boolean known = vocabulary.beginning() >= 0
                && vocabulary.beginning() < vocabulary.tokens().size();
        int lead = adds && known ? vocabulary.beginning() : TokenizerJson.NO_LEAD;
        String json = TokenizerJson.write(vocabulary.tokens(), vocabulary.merges(), pre, added, lead);
        // What stands before a text changes none of its tokens: the digest is that of the tokens.
        String bare = lead == TokenizerJson.NO_LEAD
                ? json
                : TokenizerJson.write(vocabulary.tokens(), vocabulary.merges(), pre, added, TokenizerJson.NO_LEAD);
        return new JsonTokenizer(json, "the GGUF file's tokenizer", Digest.ofText(bare));
    }

    /// Build GPT-2's tokenizer from `encoder.json` (token to id) and `vocab.bpe` (merges behind a version line).
    public static JsonTokenizer fromGpt2Files(Path encoderJson, Path vocabBpe) {
        JsonNode ids = Json.tree(encoderJson);
        String[] tokens = new String[ids.size()];
        ids.properties().forEach(entry -> {
            int id = entry.getValue().asInt(-1);
            if (id < 0 || id >= tokens.length || tokens[id] != null)
                throw unreadable(encoderJson.toString(), "the ids are not 0 to " + (tokens.length - 1) + ", each once");
            tokens[id] = entry.getKey();
        });
        List<String> merges = read(vocabBpe)
                .lines()
                .filter(line -> !line.startsWith("#version") && !line.isBlank())
                .toList();
        List<String> vocabulary = Arrays.asList(tokens);
        int end = vocabulary.indexOf(GPT2_END);
        List<TokenizerJson.Added> added = end < 0 ? List.of() : List.of(new TokenizerJson.Added(end, GPT2_END, true));
        return fromJson(
                TokenizerJson.write(vocabulary, merges, PreTokenization.GPT2, added, TokenizerJson.NO_LEAD),
                encoderJson.toString());
    }

    static UserError unreadable(String name, String reason) {
        return new UserError(
                "tokenizer.unreadable",
                name + " is not a tokenizer that can be used: " + reason,
                "without its tokenizer a model cannot read text",
                "fetch the model's files again");
    }

    private static String read(Path file) {
        if (!Files.isRegularFile(file))
            throw UserError.notFound(
                    "file.missing", "there is no file " + file, "it defines the tokenizer", "check the path");
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UserError(
                            "file.unreadable",
                            "cannot read " + file + " (" + e + ")",
                            "it defines the tokenizer",
                            "check that the file is UTF-8 text and that you may read it")
                    .causedBy(e);
        }
    }
}
