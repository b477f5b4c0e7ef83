package dev.savile.evaluate.task;

import dev.savile.common.UserError;
import dev.savile.common.YamlMap;
import dev.savile.evaluate.answers.BoundedRegex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;

/// How a field of an item comes from a record: texts at paths, taken apart, joined.
///
/// @param paths  the first that leads to something counts
/// @param whole  whether all paths count, one after the other
/// @param find   what is kept of each text: the pattern's first group, or all it matches
/// @param every  whether each match is kept, not only the first
/// @param split  where texts are cut into several; empty for nowhere
/// @param join   what stands between texts where one is needed
public record FieldRule(
        List<RecordPath> paths, boolean whole, Optional<Pattern> find, boolean every, String split, String join) {
    /// The name under which a record stands in its file, as a path.
    private static final String KEY = "$key";

    public FieldRule {
        paths = List.copyOf(paths);
    }

    static FieldRule path(String path) {
        return new FieldRule(List.of(RecordPath.of(path)), false, Optional.empty(), false, "", "\n");
    }

    /// Read a rule: a path alone, or `path` or `all` with `find`, `find-all`, `split` and `join`.
    ///
    /// @throws UserError `task.value`, `task.path`, `task.pattern`
    static FieldRule read(YamlMap fields, String name) {
        if (!(fields.value(name).orElse("") instanceof Map)) return path(fields.needed(name));
        YamlMap rule = fields.map(name).orElseThrow();
        List<String> all = rule.texts("all");
        List<String> paths = all.isEmpty() ? rule.texts("path") : all;
        if (paths.isEmpty()) throw fields.wrong(name, "a 'path' or 'all' with paths");
        Optional<String> find = rule.text("find");
        Optional<String> findAll = rule.text("find-all");
        return new FieldRule(
                paths.stream().map(RecordPath::of).toList(),
                !all.isEmpty(),
                find.or(() -> findAll).map(FieldRule::pattern),
                find.isEmpty() && findAll.isPresent(),
                rule.text("split", ""),
                rule.text("join", "\n"));
    }

    static Pattern pattern(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new UserError(
                            "task.pattern",
                            "the pattern '" + text + "' cannot be read: " + e.getDescription() + " at character "
                                    + (e.getIndex() + 1),
                            "a field would be empty",
                            "correct the regular expression")
                    .causedBy(e);
        } catch (StackOverflowError _) {
            throw new UserError(
                    "task.pattern",
                    "a pattern of " + text.length() + " characters is nested too deeply",
                    "a field would be empty",
                    "use fewer groups within groups");
        }
    }

    /// Return the field's texts; none where the record has nothing of the kind.
    ///
    /// @param key   the name under which the record stands in its file
    /// @param place of the record, for a message
    /// @throws UserError `task.pattern` when a search takes too many steps
    List<String> texts(JsonNode record, String key, String place) {
        List<String> texts = new ArrayList<>();
        for (RecordPath path : paths) {
            List<String> found = path.text().equals(KEY) ? List.of(key) : path.texts(record);
            for (String text : found) take(text, texts, place);
            if (!whole && !texts.isEmpty()) break;
        }
        Set<String> different = new LinkedHashSet<>(texts);
        return every || !split.isEmpty() ? List.copyOf(different) : texts;
    }

    private void take(String text, List<String> texts, String place) {
        List<String> parts = split.isEmpty()
                ? List.of(text)
                : Arrays.stream(text.split(Pattern.quote(split)))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .toList();
        if (find.isEmpty()) {
            texts.addAll(parts);
            return;
        }
        for (String part : parts) texts.addAll(found(find.get(), part, place));
    }

    private List<String> found(Pattern pattern, String part, String place) {
        try {
            return BoundedRegex.search(pattern, part, this::kept);
        } catch (BoundedRegex.Endless e) {
            throw e.error("task.pattern", place + ": ", pattern.pattern(), "a text", part);
        }
    }

    private List<String> kept(Matcher matcher) {
        List<String> kept = new ArrayList<>();
        while (matcher.find()) {
            String found = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
            if (found != null) kept.add(found);
            if (!every) break;
        }
        return kept;
    }
}
