package dev.savile.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Read and write JSON with two mappers: `strict` for what Savile writes, `lenient` for files that others wrote.
public final class Json {
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonMapper LENIENT = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final JsonMapper SORTED = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Json() {}

    /// Refuse unknown and duplicate keys.
    public static JsonMapper strict() {
        return STRICT;
    }

    /// Skip what is not known: foreign `config.json`, adapter configurations.
    public static JsonMapper lenient() {
        return LENIENT;
    }

    /// Write one line; records keep the order of their components, maps theirs.
    public static String line(Object value) {
        return STRICT.writeValueAsString(value);
    }

    /// Write with an indent of two blanks, the form of the files a person may open.
    public static String pretty(Object value) {
        return STRICT.writer().with(printer()).writeValueAsString(value) + "\n";
    }

    /// Write with an indent of two blanks and sorted keys, as Hugging Face libraries write their configurations.
    public static String prettySorted(Object value) {
        return SORTED.writer().with(printer()).writeValueAsString(value) + "\n";
    }

    /// Write one line with sorted keys: the text that digests are taken of.
    public static String canonical(Object value) {
        return SORTED.writeValueAsString(value);
    }

    /// Read a foreign JSON file as a tree.
    ///
    /// @throws UserError `file.missing`, `file.unreadable` or `json.syntax`, with the position
    public static JsonNode tree(Path file) {
        try {
            return LENIENT.readTree(readText(file));
        } catch (JacksonException e) {
            throw syntax(file, e);
        }
    }

    /// Read a file that Savile wrote.
    public static <T> T read(Path file, Class<T> type) {
        try {
            return STRICT.readValue(readText(file), type);
        } catch (JacksonException e) {
            throw refusal(e).orElseGet(() -> syntax(file, e));
        }
    }

    /// What a value says itself of what it is made of, which is plainer than the parser's words.
    private static Optional<UserError> refusal(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof UserError own) return Optional.of(own);
        return Optional.empty();
    }

    private static String readText(Path file) {
        if (!Files.exists(file))
            throw UserError.notFound(
                    "file.missing", "there is no file " + file, "it is needed to go on", "check the path");
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UserError(
                            "file.unreadable",
                            "cannot read " + file + " (" + e + ")",
                            "it is needed to go on",
                            "check that the file is UTF-8 text and that you may read it")
                    .causedBy(e);
        }
    }

    /// What a parser complains about, without its own notes on places, which say nothing to a reader.
    public static String problem(JacksonException e) {
        return String.valueOf(e.getOriginalMessage()).replaceAll(" \\([^()]*\\[Source:.*", "");
    }

    private static UserError syntax(Path file, JacksonException e) {
        return new UserError(
                        "json.syntax",
                        file + ": " + problem(e)
                                + (e.getLocation() == null
                                        ? ""
                                        : " (line " + e.getLocation().getLineNr() + ", column "
                                                + e.getLocation().getColumnNr() + ")"),
                        "the file is not the JSON that is expected here",
                        "correct the file, or fetch it again")
                .causedBy(e);
    }

    private static DefaultPrettyPrinter printer() {
        DefaultIndenter two = new DefaultIndenter("  ", "\n");
        return new DefaultPrettyPrinter().withObjectIndenter(two).withArrayIndenter(two);
    }
}
