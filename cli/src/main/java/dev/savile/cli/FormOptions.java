package dev.savile.cli;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import dev.savile.technique.prompt.AnswerForm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The form of an answer, of each one in a chat; free unless told.
final class FormOptions {
    @Option(
            names = "--regex",
            paramLabel = "EXPR",
            description = "The answer is a text that this regular expression matches as a whole.")
    @Nullable
    String regex;

    @Option(
            names = "--json-schema",
            paramLabel = "FILE",
            description = "The answer is JSON that satisfies the schema in this file.")
    @Nullable
    Path jsonSchema;

    @Option(
            names = "--choices",
            paramLabel = "TEXT",
            split = ",",
            description = "The answer is exactly one of these texts, parted by commas; repeatable.")
    List<String> choices = new ArrayList<>();

    /// The form that was asked for.
    ///
    /// @throws UserError `cli.form` for more than one; `json.missing`, `json.syntax` for the schema's file
    Optional<AnswerForm> form() {
        requireOne();
        if (regex != null) return Optional.of(AnswerForm.regex(regex));
        if (jsonSchema != null) return Optional.of(AnswerForm.jsonSchema(Json.tree(jsonSchema)));
        return choices.isEmpty() ? Optional.empty() : Optional.of(AnswerForm.choices(choices));
    }

    private void requireOne() {
        List<String> given = new ArrayList<>();
        if (regex != null) given.add("--regex");
        if (jsonSchema != null) given.add("--json-schema");
        if (!choices.isEmpty()) given.add("--choices");
        if (given.size() > 1)
            throw new UserError(
                    "cli.form",
                    String.join(" and ", given) + " exclude each other",
                    "an answer has one form",
                    "leave all but one away");
    }
}
