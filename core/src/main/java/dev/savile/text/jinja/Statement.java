package dev.savile.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One statement of a template, with the place where it stands.
sealed interface Statement {
    Position position();

    record Data(String text, Position position) implements Statement {}

    record Print(Expression expression, Position position) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise, Position position) implements Statement {
        record Branch(Expression condition, List<Statement> body) {}
    }

    record For(
            Target target,
            Expression source,
            Optional<Expression> filter,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            Position position)
            implements Statement {}

    record Assign(Target target, Expression value, Position position) implements Statement {}

    /// `{% set name %}...{% endset %}`; `value` is the block's text behind its filters.
    record AssignBlock(Target target, Expression value, List<Statement> body, Position position) implements Statement {}

    record With(List<Map.Entry<Target, Expression>> assignments, List<Statement> body, Position position)
            implements Statement {}

    record DefineMacro(MacroShape shape, Position position) implements Statement {}

    /// `{% call(parameters) callee(...) %}...{% endcall %}`
    record CallBlock(MacroShape caller, Expression.Call call, Position position) implements Statement {}

    record FilterBlock(Expression value, List<Statement> body, Position position) implements Statement {}

    /// What the model is to write: its place in the output is recorded.
    record Generation(List<Statement> body, Position position) implements Statement {}

    record Break(Position position) implements Statement {}

    record Continue(Position position) implements Statement {}

    /// What an assignment assigns to.
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Field(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }

    /// A macro or the body of a call block. `takesMore` and `takesMoreNamed` tell whether the body reads
    /// `varargs`, `kwargs`.
    record MacroShape(
            String name,
            List<Parameter> parameters,
            List<Statement> body,
            boolean takesMore,
            boolean takesMoreNamed,
            boolean takesCaller) {
        record Parameter(String name, Optional<Expression> fallback) {}
    }
}
