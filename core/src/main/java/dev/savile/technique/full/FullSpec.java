package dev.savile.technique.full;

import dev.savile.common.UserError;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Which parameters full fine-tuning changes.
///
/// @param parameters regular expressions on whole parameter names; empty for all parameters
public record FullSpec(List<String> parameters) {
    public FullSpec {
        parameters = List.copyOf(parameters);
        for (String pattern : parameters) {
            try {
                Pattern.compile(pattern);
            } catch (PatternSyntaxException e) {
                throw new UserError(
                        "full.parameters",
                        "'" + pattern + "' is no regular expression: " + e.getDescription(),
                        "parameters are chosen by their names",
                        "write for example .*self_attn.*");
            }
        }
    }

    public static FullSpec all() {
        return new FullSpec(List.of());
    }

    boolean chooses(String name) {
        return parameters.isEmpty() || parameters.stream().anyMatch(pattern -> Pattern.matches(pattern, name));
    }
}
