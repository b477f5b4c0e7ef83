package dev.savile.technique.full;

import dev.savile.technique.Patterns;
import dev.savile.technique.Unmatched;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/// Which parameters full fine-tuning changes.
///
/// @param parameters regular expressions on whole parameter names; empty for all parameters
public record FullSpec(List<String> parameters) {
    public FullSpec {
        parameters = List.copyOf(parameters);
        for (String pattern : parameters) Patterns.compile("full.parameters", pattern, ".*self_attn.*");
    }

    public static FullSpec all() {
        return new FullSpec(List.of());
    }

    /// Refuse patterns that match no parameter.
    ///
    /// @param names of all parameters
    void requireMatches(Collection<String> names) {
        List<String> unmatched = parameters.stream()
                .filter(pattern -> names.stream().noneMatch(name -> Pattern.matches(pattern, name)))
                .toList();
        List<String> kinds = names.stream()
                .map(name -> name.replaceFirst("\\.\\d+\\.", ".N."))
                .distinct()
                .toList();
        Unmatched.names("full.parameters", unmatched, kinds);
    }

    /// Whether a parameter is trained.
    public boolean chooses(String name) {
        return parameters.isEmpty() || parameters.stream().anyMatch(pattern -> Pattern.matches(pattern, name));
    }
}
