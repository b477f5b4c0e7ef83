package dev.savile.technique;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/// Choose modules by their path.
public sealed interface Targets {
    /// Every linear but the output head.
    record AllLinear() implements Targets {}

    /// A module whose path is an entry, or ends in a dot and an entry.
    ///
    /// @param names sorted and without repeats, whatever order was given
    record Names(List<String> names) implements Targets {
        public Names {
            names = names.stream().distinct().sorted().toList();
        }
    }

    /// A module whose whole path matches a regular expression.
    record Regex(String pattern) implements Targets {
        /// @throws dev.savile.common.UserError `targets.regex` for what is no regular expression
        public Regex {
            Patterns.compile("targets.regex", pattern, ".*\\.(q|v)_proj");
        }
    }

    /// Tell whether a path is chosen. `head` is the path of the output head.
    default boolean chooses(String path, String head) {
        return switch (this) {
            case AllLinear() -> !path.equals(head);
            case Names(List<String> names) -> names.stream().anyMatch(name -> named(path, name));
            case Regex(String pattern) -> Pattern.matches(pattern, path);
        };
    }

    /// Return the entries that match none of the paths.
    default List<String> without(Collection<String> paths) {
        return switch (this) {
            case AllLinear() -> List.of();
            case Names(List<String> names) ->
                names.stream()
                        .filter(name -> paths.stream().noneMatch(path -> named(path, name)))
                        .toList();
            case Regex(String pattern) ->
                paths.stream().anyMatch(path -> Pattern.matches(pattern, path)) ? List.of() : List.of(pattern);
        };
    }

    /// Tell whether a name stands for a path: it is the path, or the end of it behind a dot.
    static boolean named(String path, String name) {
        return path.equals(name) || path.endsWith("." + name);
    }
}
