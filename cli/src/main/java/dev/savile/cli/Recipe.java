package dev.savile.cli;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// A training as a file: technique, data and settings in YAML, for what is to be run again or kept under version
/// control. Options of the command line come before what a recipe says; files are named from the recipe's own folder.
final class Recipe {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Map<String, BiConsumer<TuneVerb, String>> KEYS = keys();

    private final Path file;
    private final Map<String, @Nullable Object> values;

    private Recipe(Path file, Map<String, @Nullable Object> values) {
        this.file = file;
        this.values = values;
    }

    /// What each key does to a command whose own options leave it open.
    private static Map<String, BiConsumer<TuneVerb, String>> keys() {
        Map<String, BiConsumer<TuneVerb, String>> keys = new LinkedHashMap<>();
        keys.put("technique", (verb, text) -> {
            if (verb.technique.isEmpty()) verb.technique = text;
        });
        keys.put("model", (verb, text) -> {
            if (verb.global.model().isEmpty()) verb.global.model = text;
        });
        keys.put("text", (verb, text) -> {
            if (verb.data.text == null) verb.data.text = text;
        });
        keys.put("label", (verb, text) -> {
            if (verb.data.label == null) verb.data.label = text;
        });
        keys.put("encoding", (verb, text) -> {
            if (verb.data.encoding == null) verb.data.encoding = text;
        });
        keys.put("name", (verb, text) -> {
            if (verb.name == null) verb.name = text;
        });
        keys.put("max-time", (verb, text) -> {
            if (verb.maxTime == null) verb.maxTime = text;
        });
        keys.put("quantize", (verb, text) -> {
            if (verb.global.quantization == GlobalOptions.Quantization.NONE)
                verb.global.quantization = choice(GlobalOptions.Quantization.class, "quantize", text);
        });
        keys.put("kind", (verb, text) -> {
            if (verb.examples.kind == ExampleOptions.Kind.AUTO)
                verb.examples.kind = choice(ExampleOptions.Kind.class, "kind", text);
        });
        keys.put("learn", (verb, text) -> {
            if (verb.examples.learn == ExampleOptions.Learn.ANSWER)
                verb.examples.learn = choice(ExampleOptions.Learn.class, "learn", text);
        });
        keys.put("over-length", (verb, text) -> {
            if (verb.data.overLength == DataOptions.OverLength.REFUSE)
                verb.data.overLength = choice(DataOptions.OverLength.class, "over-length", text);
        });
        keys.put("raw", (verb, text) -> verb.examples.raw |= Boolean.parseBoolean(text));
        keys.put("allow-extra", (verb, text) -> verb.examples.allowExtra |= Boolean.parseBoolean(text));
        return keys;
    }

    private static <E extends Enum<E>> E choice(Class<E> kind, String key, String text) {
        for (E value : kind.getEnumConstants()) if (value.toString().equals(text)) return value;
        throw new UserError(
                "recipe.value",
                key + " is '" + text + "'",
                "it is one of " + Arrays.toString(kind.getEnumConstants()),
                "correct the recipe");
    }

    /// Read a recipe.
    ///
    /// @throws UserError `recipe.missing`, `recipe.syntax` with the line, `recipe.key` for a key that is not known
    static Recipe read(Path file) {
        if (!Files.isRegularFile(file))
            throw UserError.notFound(
                    "recipe.missing", "there is no recipe " + file, "it names what to train", "check the path");
        try {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            Map<?, ?> read = YAML.readValue(file.toFile(), Map.class);
            if (read != null) read.forEach((key, value) -> values.put(String.valueOf(key), value));
            TreeSet<String> known = new TreeSet<>(KEYS.keySet());
            known.addAll(List.of("data", "also", "validation", "out", "log", "map", "settings"));
            for (String key : values.keySet())
                if (!known.contains(key))
                    throw new UserError(
                            "recipe.key",
                            file + " has the key '" + key + "', which has no meaning",
                            "it would have no effect",
                            Nearest.to(key, known)
                                            .map(near -> "did you mean " + near + "? ")
                                            .orElse("") + "the keys are: " + String.join(", ", known));
            return new Recipe(file, values);
        } catch (JacksonException e) {
            var place = e.getLocation();
            throw new UserError(
                            "recipe.syntax",
                            file + (place == null ? "" : ", line " + place.getLineNr()) + ": "
                                    + String.valueOf(e.getOriginalMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("it is no YAML"),
                            "the recipe cannot be read",
                            "correct the file")
                    .causedBy(e);
        }
    }

    /// Fill in what the command line left open.
    void apply(TuneVerb verb) {
        KEYS.forEach((key, set) -> text(key).ifPresent(text -> set.accept(verb, text)));
        if (verb.data.data == null) verb.data.data = path("data");
        if (verb.also.isEmpty()) verb.also.addAll(paths("also"));
        if (verb.out == null) verb.out = path("out");
        if (verb.log == null) verb.log = path("log");
        if (verb.validation == null)
            verb.validation = text("validation")
                    .map(text -> text.matches("[0-9.]+") ? text : String.valueOf(path("validation")))
                    .orElse(null);
        map("map").forEach(verb.examples.names::putIfAbsent);
        map("settings").forEach(verb.settings::putIfAbsent);
    }

    private Optional<String> text(String key) {
        Object value = values.get(key);
        return value == null ? Optional.empty() : Optional.of(value.toString());
    }

    private @Nullable Path path(String key) {
        return text(key).map(text -> file.toAbsolutePath().resolveSibling(text)).orElse(null);
    }

    /// One file, or a list of them.
    private List<String> paths(String key) {
        Object value = values.get(key);
        if (value == null) return List.of();
        List<?> given = value instanceof List<?> list ? list : List.of(value);
        return given.stream()
                .map(one -> file.toAbsolutePath()
                        .resolveSibling(String.valueOf(one))
                        .toString())
                .toList();
    }

    private Map<String, String> map(String key) {
        Map<String, String> map = new LinkedHashMap<>();
        Object value = values.get(key);
        if (value == null) return map;
        if (!(value instanceof Map<?, ?> given))
            throw new UserError(
                    "recipe.value",
                    key + " in " + file + " is '" + value + "'",
                    "it is a list of names and values",
                    "indent them below " + key + ":");
        given.forEach((name, entry) -> map.put(String.valueOf(name), String.valueOf(entry)));
        return map;
    }
}
