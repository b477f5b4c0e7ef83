package dev.savile.evaluate.answers;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/// Read steps from their form in files.
final class StepReader {
    private static final List<String> NAMES =
            List.of("regex", "after_prefix", "last_number", "first_line", "json_field", "label_match", "first_of");

    private StepReader() {}

    /// Read a map with one key, or a name alone.
    ///
    /// @throws UserError `extract.step`, `extract.regex`
    static ExtractionStep step(Object plain) {
        if (plain instanceof String name) return step(name, Map.of());
        if (!(plain instanceof Map<?, ?> map) || map.size() != 1)
            throw wrong("'" + plain + "' is no step", "a step is a map with one key, such as last_number: {}");
        Map.Entry<?, ?> only = map.entrySet().iterator().next();
        Object value = only.getValue();
        return step(String.valueOf(only.getKey()), value == null ? Map.of() : value);
    }

    private static ExtractionStep step(String name, Object value) {
        return switch (name) {
            case "regex" -> regex(value);
            case "after_prefix" -> new AfterPrefixStep(text(name, value));
            case "last_number" -> without(name, value, new LastNumberStep());
            case "first_line" -> without(name, value, new FirstLineStep());
            case "json_field" -> new JsonFieldStep(text(name, value));
            case "label_match" ->
                new LabelMatchStep(
                        list(name, value).stream().map(String::valueOf).toList());
            case "first_of" ->
                new FirstOfStep(list(name, value).stream()
                        .map(chain -> Extractor.of(list(name, chain)))
                        .toList());
            default ->
                throw wrong(
                        "there is no step '" + name + "'",
                        Nearest.to(name, NAMES)
                                        .map(near -> "did you mean " + near + "? ")
                                        .orElse("") + "the steps are: " + String.join(", ", NAMES));
        };
    }

    private static RegexStep regex(Object value) {
        if (value instanceof String pattern) return RegexStep.of(pattern);
        Map<?, ?> map = map("regex", value, List.of("pattern", "group", "take"));
        if (!map.containsKey("pattern")) throw wrong("regex has no pattern", "name it: regex: {pattern: ...}");
        String pattern = text("pattern", given(map, "pattern", ""));
        int group = number(given(map, "group", RegexStep.usualGroup(pattern)));
        RegexStep.Take take = take(given(map, "take", RegexStep.Take.FIRST.label()));
        return new RegexStep(pattern, group, take);
    }

    private static int number(Object value) {
        if (value instanceof Integer whole) return whole;
        throw wrong("group is '" + value + "'", "it is a whole number: 0 for the whole match, 1 for the first group");
    }

    private static RegexStep.Take take(Object value) {
        for (RegexStep.Take take : RegexStep.Take.values())
            if (take.label().equals(String.valueOf(value).toLowerCase(Locale.ROOT))) return take;
        throw wrong("take is '" + value + "'", "it is first or last");
    }

    private static ExtractionStep without(String name, Object value, ExtractionStep step) {
        map(name, value, List.of());
        return step;
    }

    private static String text(String name, Object value) {
        if (value instanceof String text) return text;
        if (value instanceof Number number) return number.toString();
        throw wrong(name + " is '" + value + "'", "it is a text");
    }

    private static List<?> list(String name, Object value) {
        if (value instanceof List<?> list) return list;
        throw wrong(name + " is '" + value + "'", "it is a list");
    }

    /// The value of a key, or what stands for it where it is missing.
    static Object given(Map<?, ?> map, String key, Object otherwise) {
        Object value = map.get(key);
        return value == null ? otherwise : value;
    }

    /// A map with known keys only.
    static Map<?, ?> map(String name, Object value, List<String> known) {
        if (!(value instanceof Map<?, ?> map)) throw wrong(name + " is '" + value + "'", "it is a map of settings");
        for (Object key : map.keySet())
            if (!known.contains(String.valueOf(key)))
                throw wrong(
                        name + " has the key '" + key + "', which has no meaning",
                        known.isEmpty()
                                ? name + " takes no settings"
                                : "its keys are: " + String.join(", ", new TreeSet<>(known)));
        return map;
    }

    static UserError wrong(String what, String fix) {
        return new UserError("extract.step", what, "the chain that reads answers would not be what was meant", fix);
    }
}
