package dev.savile.evaluate.answers;

import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Take what a group of a regular expression matches.
///
/// The expression is compiled anew for each text: microseconds beside the seconds that the text took to write.
///
/// @param pattern in Java's syntax; `(?i)` ignores case, `(?s)` lets a dot match line ends
/// @param group   number of the group; 0 for the whole match
/// @param take    which match counts
public record RegexStep(String pattern, int group, Take take) implements ExtractionStep {
    /// Which of several matches counts.
    public enum Take {
        FIRST,
        LAST;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @throws UserError `extract.regex` with the place where the pattern is wrong
    public RegexStep {
        int groups = BoundedRegex.groups(pattern);
        if (group < 0 || group > groups)
            throw new UserError(
                    "extract.regex",
                    "the pattern '" + pattern + "' has " + groups + " groups, asked for is group " + group,
                    "there would be nothing to take",
                    "use a group from 0 (the whole match) to " + groups);
    }

    /// Take the first match: its first group, or all of it where the pattern has no group.
    public static RegexStep of(String pattern) {
        return new RegexStep(pattern, usualGroup(pattern), Take.FIRST);
    }

    static int usualGroup(String pattern) {
        return Math.min(1, BoundedRegex.groups(pattern));
    }

    @Override
    public Prediction read(String text) {
        return BoundedRegex.find(pattern, group, take, text)
                .<Prediction>map(Prediction.Parsed::new)
                .orElseGet(() -> new Prediction.Unparsed("nothing matches " + pattern));
    }

    @Override
    public String name() {
        return "regex";
    }

    @Override
    public Object plain() {
        if (group == usualGroup(pattern) && take == Take.FIRST) return pattern;
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put("pattern", pattern);
        plain.put("group", group);
        plain.put("take", take.label());
        return plain;
    }
}
