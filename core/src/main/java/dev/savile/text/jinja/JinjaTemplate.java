package dev.savile.text.jinja;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hold a parsed template, ready to be rendered any number of times.
public final class JinjaTemplate {
    private final List<Statement> statements;
    private final Limits limits;

    private JinjaTemplate(List<Statement> statements, Limits limits) {
        this.statements = statements;
        this.limits = limits;
    }

    /// Parse a template, with the usual limits on its work.
    ///
    /// @throws dev.savile.common.UserError `template.syntax`, with line and column
    public static JinjaTemplate of(String source) {
        return of(source, Limits.standard());
    }

    /// Parse a template.
    ///
    /// @throws dev.savile.common.UserError `template.syntax`, with line and column
    public static JinjaTemplate of(String source, Limits limits) {
        try {
            return new JinjaTemplate(Parser.parse(source), limits);
        } catch (Fault fault) {
            throw fault.toUserError();
        }
    }

    /// Render the template.
    ///
    /// @param context names and plain data: text, numbers, booleans, null, lists, maps with text keys
    /// @param clock   what `strftime_now` reads, time zone included
    /// @throws dev.savile.common.UserError `template.evaluation` or `template.limit`, with line and column
    public Rendering render(Map<String, ? extends @Nullable Object> context, Clock clock) {
        Budget budget = new Budget(limits);
        Printer printer = new Printer(budget);
        Scope globals = Scope.outermost();
        Globals.define(globals, printer, clock);
        Scope scope = globals.inner();
        context.forEach((name, data) -> scope.set(name, Value.ofData(data)));
        try {
            Output output = new Interpreter(budget, printer).run(statements, scope);
            return new Rendering(output.text(), output.generations());
        } catch (Fault fault) {
            throw fault.toUserError();
        } catch (StackOverflowError e) {
            // Long chains of operators nest without passing a counter; the stack is then the limit.
            throw Fault.limit("deeper nesting than there is stack for").toUserError();
        }
    }

    /// Hold a rendered text and the places of its `{% generation %}` blocks, in order.
    public record Rendering(String text, List<Span> generations) {
        public Rendering {
            generations = List.copyOf(generations);
        }
    }
}
