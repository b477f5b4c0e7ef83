package dev.savile.technique.prompt;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The form that a written answer is held to: exactly one of these.
///
/// @param choices    the answer is one of these texts; empty for another form
/// @param regex      the answer is a text that this regular expression matches as a whole
/// @param jsonSchema the answer is JSON that satisfies this schema
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AnswerForm(
        List<String> choices,
        @Nullable String regex,
        @Nullable JsonNode jsonSchema) {
    public AnswerForm(@Nullable List<String> choices, @Nullable String regex, @Nullable JsonNode jsonSchema) {
        this.choices = choices == null ? List.of() : List.copyOf(choices);
        this.regex = regex;
        this.jsonSchema = jsonSchema;
        List<String> given = new ArrayList<>();
        if (!this.choices.isEmpty()) given.add("choices");
        if (regex != null) given.add("a regular expression");
        if (jsonSchema != null) given.add("a JSON schema");
        if (given.size() != 1)
            throw new UserError(
                    "prompt.form",
                    given.isEmpty()
                            ? "the form of the answer is empty"
                            : String.join(" and ", given) + " exclude each other",
                    "an answer has one form",
                    "give choices, a regular expression or a JSON schema");
    }

    public static AnswerForm choices(List<String> texts) {
        return new AnswerForm(texts, null, null);
    }

    public static AnswerForm regex(String expression) {
        return new AnswerForm(List.of(), expression, null);
    }

    public static AnswerForm jsonSchema(JsonNode schema) {
        return new AnswerForm(List.of(), null, schema);
    }
}
