package dev.savile.technique;

import dev.savile.common.UserError;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Compile regular expressions that users and files give.
public final class Patterns {
    private Patterns() {}

    /// Compile a pattern.
    ///
    /// @param code    of the error
    /// @param example of what would do in its place
    /// @throws UserError for what is no regular expression
    public static Pattern compile(String code, String pattern, String example) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new UserError(
                            code,
                            "'" + pattern + "' is no regular expression: " + e.getDescription(),
                            "what it is to match cannot be told",
                            "write for example " + example)
                    .causedBy(e);
        }
    }
}
