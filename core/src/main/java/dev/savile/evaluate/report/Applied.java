package dev.savile.evaluate.report;

import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.Reasoning;
import java.util.LinkedHashMap;
import java.util.Map;

/// What answered, told by digests: two systems of which all three are equal are one and the same.
///
/// @param asked         the prompt in words: whose it is, worked examples, the way to the answer
/// @param base          digest of the base model
/// @param customization digest of what is put over the base; empty for nothing
/// @param prompt        digest of the prompt bundle
public record Applied(String asked, String base, String customization, String prompt) {
    /// @param whose         whose prompt it is, in words
    /// @param customization digest of it; empty for none
    /// @param bundle        the prompt as it is used, examples and calibration included
    public static Applied of(String whose, String base, String customization, PromptBundle bundle) {
        return new Applied(whose + words(bundle), base, customization, bundle.digest());
    }

    /// The digests for programs; what is not there is left out.
    public Map<String, Object> digests() {
        Map<String, Object> digests = new LinkedHashMap<>();
        digests.put("base", base);
        if (!customization.isEmpty()) digests.put("customization", customization);
        digests.put("prompt", prompt);
        return digests;
    }

    private static String words(PromptBundle bundle) {
        var words = new StringBuilder();
        PromptBundle.Demos demos = bundle.demos();
        if (demos.count() > 0)
            words.append(", ")
                    .append(demos.count())
                    .append(demos.count() == 1 ? " example (" : " examples (")
                    .append(demos.strategy())
                    .append(')');
        Reasoning reasoning = bundle.reasoning();
        if (reasoning.reasons())
            words.append(", reasoning (").append(reasoning.mode().id()).append(')');
        if (reasoning.samples() > 1)
            words.append(", ").append(reasoning.samples()).append(" answers drawn");
        if (bundle.prior() != null) words.append(", labels calibrated");
        return words.toString();
    }
}
