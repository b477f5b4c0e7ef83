package dev.savile.text.jinja;

import dev.savile.common.UserError;
import org.jspecify.annotations.Nullable;

/// Carry a failure from deep inside an expression to the place that knows where in the template it happened.
final class Fault extends RuntimeException {
    enum Kind {
        SYNTAX,
        EVALUATION,
        RAISED,
        LIMIT
    }

    private final Kind kind;
    private final String reason;
    private @Nullable Position position;

    private Fault(Kind kind, String reason) {
        super(reason, null, false, false); // a stack trace would say nothing about the template
        this.kind = kind;
        this.reason = reason;
    }

    static Fault of(String reason) {
        return new Fault(Kind.EVALUATION, reason);
    }

    static Fault syntax(String reason, Position position) {
        return new Fault(Kind.SYNTAX, reason).at(position);
    }

    static Fault raised(String message) {
        return new Fault(Kind.RAISED, message);
    }

    static Fault limit(String reason) {
        return new Fault(Kind.LIMIT, reason);
    }

    /// Remember the innermost place; later calls, from further out, change nothing.
    Fault at(Position place) {
        if (position == null) position = place;
        return this;
    }

    UserError toUserError() {
        String where = position == null ? "" : " at " + position;
        return switch (kind) {
            case SYNTAX ->
                new UserError(
                        "template.syntax",
                        "the chat template cannot be read" + where + ": " + reason,
                        "every prompt of this model is written by its template",
                        "correct the template, or take it again from the model's publisher");
            case EVALUATION ->
                new UserError(
                        "template.evaluation",
                        "the chat template fails" + where + ": " + reason,
                        "a prompt that the template cannot write cannot be shown to the model",
                        "check that the messages have the fields that the template reads");
            case RAISED ->
                new UserError(
                        "template.evaluation",
                        "the chat template refuses the conversation" + where + ": " + reason,
                        "the model was not trained on conversations of this form",
                        "change the roles or the order of the messages as the template asks");
            case LIMIT ->
                new UserError(
                        "template.limit",
                        "the chat template was stopped" + where + ": it needs " + reason,
                        "templates come with models from anywhere, so their work is bounded",
                        "shorten the conversation, or use another template");
        };
    }
}
