package dev.savile.text.jinja;

import dev.savile.text.jinja.Statement.MacroShape;
import dev.savile.text.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Carry out statements.
final class Interpreter {
    /// The name under which a block's text waits for its filters; no template can write it.
    static final String BLOCK_TEXT = " block";

    /// What a statement asks of the loop around it.
    private enum Flow {
        GO_ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Printer printer;
    private final Evaluator evaluator;
    private Output output;

    Interpreter(Budget budget, Printer printer) {
        this.budget = budget;
        this.printer = printer;
        this.evaluator = new Evaluator(budget, printer);
        this.output = new Output(budget);
    }

    Output run(List<Statement> statements, Scope scope) {
        execute(statements, scope);
        return output;
    }

    private Flow execute(List<Statement> statements, Scope scope) {
        for (Statement statement : statements) {
            budget.step();
            Flow flow;
            try {
                flow = execute(statement, scope);
            } catch (Fault fault) {
                throw fault.at(statement.position());
            }
            if (flow != Flow.GO_ON) return flow;
        }
        return Flow.GO_ON;
    }

    private Flow execute(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data(String text, var _) -> output.write(text);
            case Statement.Print(Expression expression, var _) ->
                output.write(printer.text(evaluator.value(expression, scope)));
            case Statement.If(var branches, var otherwise, var _) -> {
                for (Statement.If.Branch branch : branches)
                    if (evaluator.truth(branch.condition(), scope)) return execute(branch.body(), scope);
                return execute(otherwise, scope);
            }
            case Statement.For loop -> {
                return loop(loop, evaluator.value(loop.source(), scope), scope, 1);
            }
            case Statement.Assign(Target target, Expression value, var _) ->
                assign(target, evaluator.value(value, scope), scope);
            case Statement.AssignBlock(Target target, Expression value, var body, var _) ->
                assign(target, blockValue(value, body, scope), scope);
            case Statement.With(var assignments, var body, var _) -> {
                Scope inner = scope.inner();
                for (var assignment : assignments)
                    assign(assignment.getKey(), evaluator.value(assignment.getValue(), scope), inner);
                return execute(body, inner);
            }
            case Statement.DefineMacro(MacroShape shape, var _) -> scope.set(shape.name(), macro(shape, scope));
            case Statement.CallBlock(MacroShape shape, Expression.Call call, var _) -> {
                Arguments given = evaluator.arguments(call.arguments(), scope);
                Map<String, Value> named = new LinkedHashMap<>(given.named());
                named.put("caller", macro(shape, scope));
                Value callee = evaluator.value(call.callee(), scope);
                output.write(printer.text(evaluator.call(callee, new Arguments(given.positional(), named))));
            }
            case Statement.FilterBlock(Expression value, var body, var _) ->
                output.write(printer.text(blockValue(value, body, scope)));
            case Statement.Generation(var body, var _) -> {
                int start = output.length();
                Flow flow = execute(body, scope.inner());
                output.generated(start);
                return flow;
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.GO_ON;
    }

    private Value blockValue(Expression value, List<Statement> body, Scope scope) {
        Scope inner = scope.inner();
        inner.set(BLOCK_TEXT, Value.of(capture(body, scope.inner())));
        return evaluator.value(value, inner);
    }

    /// Render statements into a text of its own.
    private String capture(List<Statement> body, Scope scope) {
        Output outer = output;
        output = new Output(budget);
        try {
            execute(body, scope);
            return output.text();
        } finally {
            output = outer;
        }
    }

    /// Run a loop. `else` also runs when no iteration reached its end, as in Jinja2.
    private Flow loop(Statement.For statement, Value source, Scope scope, int depth) {
        List<Value> items = source.items();
        if (statement.filter().isPresent()) items = filtered(statement, items, scope);
        Optional<Value.Function> recursion = Optional.empty();
        if (statement.recursive())
            recursion = Optional.of(arguments -> Value.of(recurse(statement, arguments, scope, depth + 1)));
        Loop loop = new Loop(items, depth, recursion, evaluator.operators());
        boolean completed = false;
        while (loop.advance()) {
            budget.step();
            Scope inner = scope.inner();
            inner.set("loop", new Value.LoopState(loop));
            assign(statement.target(), loop.item(), inner);
            Flow flow = execute(statement.body(), inner);
            if (flow == Flow.BREAK) break;
            completed |= flow == Flow.GO_ON;
        }
        return completed ? Flow.GO_ON : execute(statement.otherwise(), scope.inner());
    }

    private List<Value> filtered(Statement.For statement, List<Value> items, Scope scope) {
        Expression condition = statement.filter().orElseThrow();
        List<Value> kept = new ArrayList<>();
        for (Value item : items) {
            Scope inner = scope.inner();
            assign(statement.target(), item, inner);
            if (evaluator.truth(condition, inner)) kept.add(item);
        }
        return kept;
    }

    private String recurse(Statement.For statement, Arguments arguments, Scope scope, int depth) {
        Value source = arguments.only("iterable").value(0, "iterable");
        Output outer = output;
        output = new Output(budget);
        try {
            loop(statement, source, scope, depth);
            return output.text();
        } finally {
            output = outer;
        }
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.Field(String namespace, String name) -> {
                Optional<Value> found = scope.find(namespace);
                if (found.isEmpty() || !(found.get() instanceof Value.Namespace object))
                    throw Fault.of("cannot assign attribute on non-namespace object '" + namespace + "'");
                Evaluator.refusePrivate(name, object);
                object.fields.put(name, value);
            }
            case Target.Several(List<Target> targets) -> {
                List<Value> values = value.items();
                if (values.size() != targets.size())
                    throw Fault.of("cannot unpack " + values.size() + " values into " + targets.size() + " names");
                for (int i = 0; i < targets.size(); i++) assign(targets.get(i), values.get(i), scope);
            }
        }
    }

    private Value macro(MacroShape shape, Scope scope) {
        List<Value> names =
                shape.parameters().stream().map(p -> Value.of(p.name())).toList();
        Map<String, Value> attributes = new LinkedHashMap<>();
        attributes.put("name", Value.of(shape.name()));
        attributes.put("arguments", Value.tuple(names));
        return new Value.Callable(
                shape.name(), attributes, arguments -> Value.of(capture(shape.body(), bind(shape, arguments, scope))));
    }

    private Scope bind(MacroShape shape, Arguments arguments, Scope scope) {
        Scope inner = scope.inner();
        List<Value> positional = arguments.positional();
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        int index = 0;
        for (MacroShape.Parameter parameter : shape.parameters()) {
            Value byName = named.remove(parameter.name());
            Value value;
            if (index < positional.size()) {
                if (byName != null)
                    throw Fault.of(
                            "macro '" + shape.name() + "' got multiple values for argument '" + parameter.name() + "'");
                value = positional.get(index);
            } else if (byName != null) value = byName;
            else if (parameter.fallback().isPresent())
                value = evaluator.value(parameter.fallback().get(), inner);
            else value = new Value.Undefined("parameter '" + parameter.name() + "' was not provided");
            inner.set(parameter.name(), value);
            index++;
        }
        Value caller = named.remove("caller");
        if (caller != null) inner.set("caller", caller);
        else if (shape.takesCaller()) inner.set("caller", new Value.Undefined("No caller defined"));
        if (shape.takesMoreNamed()) inner.set("kwargs", Value.ofData(named));
        else if (!named.isEmpty())
            throw Fault.of("macro '" + shape.name() + "' takes no keyword argument '"
                    + named.keySet().iterator().next() + "'");
        List<Value> more = positional.subList(Math.min(index, positional.size()), positional.size());
        if (shape.takesMore()) inner.set("varargs", Value.tuple(more));
        else if (!more.isEmpty())
            throw Fault.of("macro '" + shape.name() + "' takes not more than " + index + " argument(s)");
        return inner;
    }
}
