package dev.savile.evaluate.answers;

import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;

/// Take what follows the last place where a prefix stands, whatever its case: a model that thinks aloud may use the
/// words before it means them.
///
/// @param prefix such as `The answer is`
public record AfterPrefixStep(String prefix) implements ExtractionStep {
    public AfterPrefixStep {
        if (prefix.isBlank())
            throw new UserError(
                    "extract.step",
                    "after_prefix has an empty prefix",
                    "it would take the text as it is",
                    "name the words before the answer, such as 'The answer is'");
    }

    @Override
    public Prediction read(String text) {
        int at = text.length() - prefix.length();
        while (at >= 0 && !text.regionMatches(true, at, prefix, 0, prefix.length())) at--;
        if (at < 0) return new Prediction.Unparsed("'" + prefix + "' is not in it");
        String rest = text.substring(at + prefix.length()).strip();
        return rest.isEmpty()
                ? new Prediction.Unparsed("nothing stands after '" + prefix + "'")
                : new Prediction.Parsed(rest);
    }

    @Override
    public String name() {
        return "after_prefix";
    }

    @Override
    public Object plain() {
        return prefix;
    }
}
