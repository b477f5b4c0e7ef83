package dev.savile.technique.prompt;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.savile.common.Digest;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.util.List;

/// Everything that turns a message into a prompt: a customization of its own, and a part of every trained one, so
/// that the same prompt trains, scores and serves.
///
/// @param schema        version of this layout
/// @param system        system text; empty for none
/// @param instruction   what to do, written after the system text
/// @param inputTemplate the user's turn; `{text}` stands for the message
/// @param labels        the answers there are, in a fixed order; empty when the answer is free text
/// @param listLabels    whether the labels' names stand in the prompt
/// @param demos         worked examples and how they are chosen
public record PromptBundle(
        int schema,
        String system,
        String instruction,
        String inputTemplate,
        List<String> labels,
        boolean listLabels,
        Demos demos) {
    public static final int SCHEMA = 1;
    private static final String FIELD = "{text}";

    /// Above this many labels a trained model's prompt leaves their names out: it has learned them, and they would
    /// cost more than the message itself.
    public static final int MAX_LISTED_WHEN_TRAINED = 20;

    /// Worked examples in front of the message.
    ///
    /// @param strategy  `none`, `random`, `label_balanced` or `bm25`
    /// @param count     number of examples
    /// @param seed      of the draws of `random` and `label_balanced`
    /// @param maxTokens tokens that all examples may take together; whole examples are dropped above it
    /// @param pool      examples to choose from
    public record Demos(String strategy, int count, long seed, int maxTokens, List<Demo> pool) {
        public Demos {
            pool = List.copyOf(pool);
            if (count < 0)
                throw new UserError(
                        "prompt.demos",
                        "the number of examples must not be negative, got " + count,
                        "a prompt cannot hold fewer than none",
                        "use 4");
        }

        public static Demos none() {
            return new Demos("none", 0, 0, 0, List.of());
        }
    }

    public PromptBundle {
        labels = List.copyOf(labels);
        if (schema != SCHEMA)
            throw new UserError(
                    "prompt.schema",
                    "this prompt bundle has the layout " + schema + ", known is " + SCHEMA,
                    "reading it by the wrong rules would change the prompt",
                    "update Savile");
        if (!inputTemplate.contains(FIELD))
            throw new UserError(
                    "prompt.template",
                    "the input template '" + inputTemplate + "' has no " + FIELD,
                    "the message would not reach the model",
                    "put " + FIELD + " where the message belongs");
    }

    /// Return the usual prompt for sorting messages into labels.
    public static PromptBundle classification(List<String> labels, boolean listLabels) {
        return new PromptBundle(
                SCHEMA,
                "",
                "Sort the user's message into a category. Answer with the name of the category and nothing else.",
                FIELD,
                labels,
                listLabels,
                Demos.none());
    }

    /// Return the prompt that is the message alone, for answers in free text.
    public static PromptBundle plain() {
        return new PromptBundle(SCHEMA, "", "", FIELD, List.of(), false, Demos.none());
    }

    /// Return the bundle that a trained arm uses.
    public static PromptBundle trainedClassification(List<String> labels) {
        return classification(labels, labels.size() <= MAX_LISTED_WHEN_TRAINED);
    }

    public PromptBundle withDemos(Demos chosen) {
        return new PromptBundle(schema, system, instruction, inputTemplate, labels, listLabels, chosen);
    }

    /// Return the text of the system turn.
    public String systemText() {
        var text = new StringBuilder(system.strip());
        if (!instruction.isBlank()) text.append(text.isEmpty() ? "" : "\n").append(instruction.strip());
        if (listLabels && !labels.isEmpty())
            text.append(text.isEmpty() ? "" : "\n").append("Categories: ").append(String.join(", ", labels));
        return text.toString();
    }

    /// Return the text of the user's turn. The message is put in once, as it is: braces in it stay literal.
    String userText(String message) {
        int at = inputTemplate.indexOf(FIELD);
        return inputTemplate.substring(0, at) + message + inputTemplate.substring(at + FIELD.length());
    }

    /// Return the SHA-256 of the bundle's canonical JSON.
    @JsonIgnore
    public String digest() {
        return Digest.ofText(Json.canonical(this));
    }
}
