package dev.savile.technique.prompt;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A worked example that stands in a prompt.
///
/// @param text      the message, where it is one text
/// @param label     the answer
/// @param fields    the message's fields, where a template has other places than `{text}`
/// @param rationale the way to the answer, for prompts that reason; empty for none
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Demo(String text, String label, Map<String, String> fields, String rationale) {
    public Demo(@Nullable String text, String label, @Nullable Map<String, String> fields, @Nullable String rationale) {
        this.text = Objects.requireNonNullElse(text, "");
        this.label = label;
        this.fields = fields == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        this.rationale = Objects.requireNonNullElse(rationale, "");
    }

    public Demo(String text, String label) {
        this(text, label, Map.of(), "");
    }

    /// What a template takes its values from.
    Map<String, String> values() {
        return fields.isEmpty() ? Map.of(PromptBundle.TEXT, text) : fields;
    }
}
