package dev.savile.cli;

import dev.savile.common.UserError;
import dev.savile.common.YamlMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A training as a file: technique, data and settings in YAML, for what is to be run again or kept under version
/// control. Options of the command line come before what a recipe says; files are named from the recipe's own
/// folder.
final class Recipe {
    private static final Map<String, BiConsumer<TuneVerb, String>> KEYS = keys();

    /// Keys whose values are folders or names.
    private static final Set<String> FOLDERS = Set.of("model", "from", "table");

    private final Path file;
    private final YamlMap values;

    private Recipe(Path file, YamlMap values) {
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
        keys.put("from", (verb, text) -> {
            if (verb.from == null) verb.from = text;
        });
        keys.put("table", (verb, text) -> {
            if (verb.table == null) verb.table = text;
        });
        keys.put("seed", (verb, text) -> {
            if (!verb.given("--seed")) verb.global.seed = whole("seed", text);
        });
        keys.put("max-time", (verb, text) -> {
            if (verb.maxTime == null) verb.maxTime = text;
        });
        keys.put("quantize", (verb, text) -> {
            if (!verb.given("--quantize"))
                verb.global.quantization = choice(GlobalOptions.Quantization.class, "quantize", text);
        });
        keys.put("precision", (verb, text) -> {
            if (!verb.given("--precision"))
                verb.global.precision = choice(GlobalOptions.PrecisionChoice.class, "precision", text);
        });
        keys.put("device", (verb, text) -> {
            if (!verb.given("--device")) verb.global.device(text);
        });
        keys.put("threads", (verb, text) -> {
            if (!verb.given("--threads")) verb.global.threads(Math.clamp(whole("threads", text), 0, Integer.MAX_VALUE));
        });
        keys.put("kind", (verb, text) -> {
            if (!verb.given("--kind")) verb.examples.kind = choice(ExampleOptions.Kind.class, "kind", text);
        });
        keys.put("learn", (verb, text) -> {
            if (!verb.given("--learn")) verb.examples.learn = choice(ExampleOptions.Learn.class, "learn", text);
        });
        keys.put("over-length", (verb, text) -> {
            if (!verb.given("--over-length"))
                verb.data.overLength = choice(DataOptions.OverLength.class, "over-length", text);
        });
        return keys;
    }

    private static long whole(String key, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new UserError("recipe.value", key + " is '" + text + "'", "it is a number", "write a whole number")
                    .causedBy(e);
        }
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
    /// @throws UserError `recipe.missing`, `recipe.syntax` with the line
    static Recipe read(Path file) {
        return new Recipe(file, YamlMap.read(file, "recipe"));
    }

    /// Fill in what the command line left open.
    ///
    /// @throws UserError `recipe.value`, `recipe.key` for a key that is not known
    void apply(TuneVerb verb) {
        KEYS.forEach((key, set) -> values.text(key)
                .map(text -> FOLDERS.contains(key) ? besideOrNamed(text) : text)
                .ifPresent(text -> set.accept(verb, text)));
        Optional<String> data = values.text("data");
        List<String> also = values.texts("also");
        Optional<String> out = values.text("out");
        Optional<String> log = values.text("log");
        Optional<String> tasks = values.text("tasks");
        Optional<String> validation = values.text("validation");
        Optional<String> test = values.text("test");
        boolean raw = values.flag("raw", false);
        boolean noHeader = values.flag("no-header", false);
        boolean allowExtra = values.flag("allow-extra", false);
        Map<String, String> map = values.textMap("map");
        Map<String, String> settings = values.textMap("settings");
        values.finish();
        if (verb.data.data == null) verb.data.data = beside(data);
        if (verb.also.isEmpty())
            for (String other : also) verb.also.add(beside(other).toString());
        if (verb.out == null) verb.out = beside(out);
        if (verb.log == null) verb.log = beside(log);
        if (verb.tasks == null) verb.tasks = beside(tasks);
        if (verb.test == null) verb.test = beside(test);
        if (verb.validation == null)
            verb.validation = validation
                    .map(text -> text.matches("[0-9.]+") ? text : beside(text).toString())
                    .orElse(null);
        verb.examples.raw |= raw;
        verb.data.noHeader |= noHeader;
        verb.examples.allowExtra |= allowExtra;
        map.forEach(verb.examples.names::putIfAbsent);
        settings.forEach(verb.settings::putIfAbsent);
    }

    /// A folder beside the recipe, else a name that is known elsewhere.
    private String besideOrNamed(String text) {
        Path own = beside(text);
        return Files.exists(own) ? own.toString() : text;
    }

    private @Nullable Path beside(Optional<String> name) {
        return name.map(this::beside).orElse(null);
    }

    private Path beside(String name) {
        return file.toAbsolutePath().resolveSibling(name);
    }
}
