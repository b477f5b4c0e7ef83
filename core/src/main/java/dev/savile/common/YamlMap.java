package dev.savile.common;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// A YAML file that a person wrote, read key by key. A key that nobody asked for is refused in the end, with the
/// nearest one that has a meaning: it would have no effect.
public final class YamlMap {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final String kind;
    private final String place;
    private final Map<String, @Nullable Object> values;
    private final Set<String> asked = new LinkedHashSet<>();
    private final List<YamlMap> inner = new ArrayList<>();

    private YamlMap(String kind, String place, Map<String, @Nullable Object> values) {
        this.kind = kind;
        this.place = place;
        this.values = values;
    }

    /// Read a file.
    ///
    /// @param kind what the file is, such as `recipe`: the first part of the codes of errors
    /// @throws UserError `KIND.missing`, `KIND.syntax` with the line
    public static YamlMap read(Path file, String kind) {
        if (!Files.isRegularFile(file))
            throw UserError.notFound(
                    kind + ".missing", "there is no " + kind + " " + file, "it says what to do", "check the path");
        try {
            return parse(Files.readString(file), file.toString(), kind);
        } catch (java.io.IOException e) {
            throw new UserError(
                            "file.unreadable",
                            "cannot read " + file + " (" + e + ")",
                            "it says what to do",
                            "check that it is UTF-8 text and that you may read it")
                    .causedBy(e);
        }
    }

    /// Read a text.
    ///
    /// @param place where it is from, for errors
    public static YamlMap parse(String text, String place, String kind) {
        try {
            Object read = YAML.readValue(text, Object.class);
            if (read == null) return new YamlMap(kind, place, Map.of());
            if (read instanceof Map<?, ?> map) return new YamlMap(kind, place, named(map));
            throw new UserError(
                    kind + ".syntax",
                    place + " holds no keys with values",
                    "a " + kind + " consists of lines such as 'name: value'",
                    "correct the file");
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw new UserError(
                            kind + ".syntax",
                            place + (at == null ? "" : ", line " + at.getLineNr()) + ": "
                                    + String.valueOf(e.getOriginalMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("it is no YAML"),
                            "the " + kind + " cannot be read",
                            "correct the file")
                    .causedBy(e);
        }
    }

    private static Map<String, @Nullable Object> named(Map<?, ?> map) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        map.forEach((key, value) -> values.put(String.valueOf(key), value));
        return values;
    }

    /// Where the values are from, for errors.
    public String place() {
        return place;
    }

    /// Return the SHA-256 of what the file says, whatever its layout and comments.
    public String digest() {
        return Digest.ofText(Json.canonical(values));
    }

    public Set<String> keys() {
        return values.keySet();
    }

    /// Return a value as YAML gave it: a text, number, truth, list or map.
    public Optional<Object> value(String key) {
        asked.add(key);
        return Optional.ofNullable(values.get(key));
    }

    /// Return a single value as text.
    public Optional<String> text(String key) {
        return value(key).map(value -> {
            if (value instanceof Map || value instanceof List) throw wrong(key, "one value");
            return value.toString();
        });
    }

    public String text(String key, String otherwise) {
        return text(key).orElse(otherwise);
    }

    /// Return a text that must be there.
    public String needed(String key) {
        return text(key)
                .orElseThrow(() -> new UserError(
                        kind + "." + key,
                        place + " has no '" + key + "'",
                        "a " + kind + " cannot do without",
                        "add a line '" + key + ": ...'"));
    }

    /// Return a list of texts; a single value is a list of one.
    public List<String> texts(String key) {
        return value(key).map(value -> texts(key, value)).orElse(List.of());
    }

    private List<String> texts(String key, Object value) {
        if (!(value instanceof List<?> list)) {
            if (value instanceof Map) throw wrong(key, "a list");
            return List.of(value.toString());
        }
        List<String> texts = new ArrayList<>();
        for (Object part : list) {
            if (part instanceof Map || part instanceof List) throw wrong(key, "a list of single values");
            texts.add(String.valueOf(part));
        }
        return texts;
    }

    /// Return a whole number.
    public int whole(String key, int otherwise) {
        return text(key)
                .map(text -> {
                    try {
                        return Integer.parseInt(text.strip());
                    } catch (NumberFormatException e) {
                        throw wrong(key, "a whole number").causedBy(e);
                    }
                })
                .orElse(otherwise);
    }

    public double number(String key, double otherwise) {
        return text(key)
                .map(text -> {
                    try {
                        return Double.parseDouble(text.strip());
                    } catch (NumberFormatException e) {
                        throw wrong(key, "a number").causedBy(e);
                    }
                })
                .orElse(otherwise);
    }

    public boolean flag(String key, boolean otherwise) {
        return text(key)
                .map(text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw wrong(key, "true or false");
                })
                .orElse(otherwise);
    }

    /// Return a map; its keys are checked with those of this one.
    public Optional<YamlMap> map(String key) {
        return value(key).map(value -> {
            if (!(value instanceof Map<?, ?> map)) throw wrong(key, "keys with values");
            var nested = new YamlMap(kind, place + ", " + key, named(map));
            inner.add(nested);
            return nested;
        });
    }

    /// Return a map from names to texts.
    public Map<String, String> textMap(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        map(key).ifPresent(map -> {
            for (String name : map.keys()) texts.put(name, map.text(name, ""));
        });
        return texts;
    }

    /// Refuse keys that nobody asked for.
    ///
    /// @throws UserError `KIND.key`
    public void finish() {
        for (String key : values.keySet())
            if (!asked.contains(key))
                throw new UserError(
                        kind + ".key",
                        place + " has the key '" + key + "', which has no meaning",
                        "it would have no effect",
                        Nearest.to(key, asked)
                                        .map(near -> "did you mean " + near + "? ")
                                        .orElse("") + "the keys are: " + String.join(", ", asked));
        inner.forEach(YamlMap::finish);
    }

    /// An error about a value.
    public UserError wrong(String key, String wanted) {
        return new UserError(
                kind + ".value",
                place + ": " + key + " is '" + values.get(key) + "'",
                wanted + " is needed there",
                "correct the " + kind);
    }
}
