package dev.savile.technique;

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
    record Regex(String pattern) implements Targets {}

    /// Tell whether a path is chosen. `head` is the path of the output head.
    default boolean chooses(String path, String head) {
        return switch (this) {
            case AllLinear() -> !path.equals(head);
            case Names(List<String> names) ->
                names.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
            case Regex(String pattern) -> Pattern.compile(pattern).matcher(path).matches();
        };
    }
}
