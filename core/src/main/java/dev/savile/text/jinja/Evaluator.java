package dev.savile.text.jinja;

import dev.savile.text.jinja.Expression.CallArguments;
import dev.savile.text.jinja.Expression.Comparator;
import dev.savile.text.jinja.Expression.Comparison;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Work out expressions.
final class Evaluator {
    private final Budget budget;
    private final Printer printer;
    private final Operators operators;
    private final Containers containers;
    private final TextMethods textMethods;
    private final Filters filters;
    private final Tests tests;

    Evaluator(Budget budget, Printer printer) {
        this.budget = budget;
        this.printer = printer;
        this.operators = new Operators(budget, printer);
        this.containers = new Containers(operators, budget);
        this.textMethods = new TextMethods(printer, budget);
        this.filters = new Filters(this, operators, printer, budget);
        this.tests = new Tests(operators, printer);
    }

    Operators operators() {
        return operators;
    }

    /// Work out an expression; a failure remembers the innermost place.
    Value value(Expression expression, Scope scope) {
        budget.step();
        try {
            return evaluate(expression, scope);
        } catch (Fault fault) {
            throw fault.at(expression.position());
        }
    }

    boolean truth(Expression expression, Scope scope) {
        return value(expression, scope).truth();
    }

    private Value evaluate(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name(String name, var _) ->
                Value.ofOptional(scope.find(name), "'" + name + "' is undefined");
            case Expression.ListOf(var items, var _) -> Value.list(values(items, scope));
            case Expression.TupleOf(var items, var _) -> Value.tuple(values(items, scope));
            case Expression.MappingOf(var entries, var _) -> {
                Map<Value, Value> mapping = new LinkedHashMap<>();
                for (var entry : entries)
                    mapping.put(Containers.key(value(entry.getKey(), scope)), value(entry.getValue(), scope));
                yield new Value.Mapping(mapping);
            }
            case Expression.Unary(var operator, var operand, var _) ->
                switch (operator) {
                    case NOT -> Value.of(!truth(operand, scope));
                    case NEGATE -> operators.negate(value(operand, scope));
                    case PLUS -> operators.plus(value(operand, scope));
                };
            case Expression.Binary(var operator, var left, var right, var _) ->
                operators.apply(operator, value(left, scope), value(right, scope));
            case Expression.And(var left, var right, var _) -> {
                Value first = value(left, scope);
                yield first.truth() ? value(right, scope) : first;
            }
            case Expression.Or(var left, var right, var _) -> {
                Value first = value(left, scope);
                yield first.truth() ? first : value(right, scope);
            }
            case Expression.Joined(var parts, var _) -> {
                StringBuilder out = new StringBuilder();
                for (Expression part : parts) out.append(printer.text(value(part, scope)));
                budget.make(out.length());
                yield Value.of(out.toString());
            }
            case Comparison comparison -> Value.of(compare(comparison, scope));
            case Expression.Conditional(var condition, var yes, var no, var _) -> {
                if (truth(condition, scope)) yield value(yes, scope);
                yield no.isPresent()
                        ? value(no.get(), scope)
                        : new Value.Undefined("the inline if-expression was false and has no else");
            }
            case Expression.Attribute(var object, var name, var _) -> attribute(value(object, scope), name);
            case Expression.Item(var object, var key, var _) -> item(value(object, scope), value(key, scope));
            case Expression.Slice(var object, var start, var stop, var step, var _) ->
                containers.slice(value(object, scope), bound(start, scope), bound(stop, scope), bound(step, scope));
            case Expression.Call(var callee, var arguments, var _) ->
                call(value(callee, scope), arguments(arguments, scope));
            case Expression.Filtered(var operand, var filter, var arguments, var _) ->
                filters.apply(filter, value(operand, scope), arguments(arguments, scope));
            case Expression.Tested(var operand, var test, var arguments, var negated, var _) ->
                Value.of(tests.apply(test, value(operand, scope), arguments(arguments, scope)) != negated);
            case Expression.BlockText _ -> scope.find(Interpreter.BLOCK_TEXT).orElseThrow();
        };
    }

    private List<Value> values(List<Expression> expressions, Scope scope) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) values.add(value(expression, scope));
        return values;
    }

    private Value bound(Optional<Expression> expression, Scope scope) {
        return expression.isPresent() ? value(expression.get(), scope) : Value.None.NONE;
    }

    private boolean compare(Comparison comparison, Scope scope) {
        Value left = value(comparison.first(), scope);
        for (Comparison.Step step : comparison.steps()) {
            Value right = value(step.operand(), scope);
            if (!holds(step.comparator(), left, right)) return false;
            left = right;
        }
        return true;
    }

    private boolean holds(Comparator comparator, Value left, Value right) {
        return switch (comparator) {
            case EQUAL -> operators.equal(left, right);
            case NOT_EQUAL -> !operators.equal(left, right);
            case LESS -> operators.compare(left, right, comparator.symbol) < 0;
            case LESS_EQUAL -> operators.compare(left, right, comparator.symbol) <= 0;
            case GREATER -> operators.compare(left, right, comparator.symbol) > 0;
            case GREATER_EQUAL -> operators.compare(left, right, comparator.symbol) >= 0;
            case IN -> operators.contains(right, left);
            case NOT_IN -> !operators.contains(right, left);
        };
    }

    Arguments arguments(CallArguments arguments, Scope scope) {
        if (arguments.none()) return Arguments.NONE;
        List<Value> positional = values(arguments.positional(), scope);
        if (arguments.spread().isPresent())
            positional.addAll(value(arguments.spread().get(), scope).items());
        Map<String, Value> named = new LinkedHashMap<>();
        for (var entry : arguments.named()) named.put(entry.getKey(), value(entry.getValue(), scope));
        if (arguments.namedSpread().isPresent()) {
            if (!(value(arguments.namedSpread().get(), scope) instanceof Value.Mapping(var entries)))
                throw Fault.of("the argument behind ** must be a mapping");
            entries.forEach((key, value) -> named.put(printer.text(key), value));
        }
        return new Arguments(positional, named);
    }

    Value call(Value callee, Arguments arguments) {
        budget.enter();
        Value result =
                switch (callee) {
                    case Value.Callable callable -> callable.body().call(arguments);
                    case Value.LoopState(Loop loop) -> loop.call(arguments);
                    case Value.Undefined(String reason) -> throw Fault.of(reason);
                    default -> throw Fault.of("'" + callee.typeName() + "' object is not callable");
                };
        budget.leave();
        return result;
    }

    Value filter(String name, Value value, Arguments arguments) {
        return filters.apply(name, value, arguments);
    }

    boolean test(String name, Value value, Arguments arguments) {
        return tests.apply(name, value, arguments);
    }

    /// Return `object.name`: a method or field first, else the item of that name.
    private Value attribute(Value object, String name) {
        Optional<Value> found = field(object, name);
        if (found.isPresent()) return found.get();
        return Value.ofOptional(containers.item(object, Value.of(name)), missing(object, name));
    }

    /// Return `object[key]`: the item first, else the method or field of that name.
    Value item(Value object, Value key) {
        if (object instanceof Value.Undefined(String reason)) throw Fault.of(reason);
        Optional<Value> found = containers.item(object, key);
        if (found.isEmpty() && key instanceof Value.Text(String name)) found = field(object, name);
        return Value.ofOptional(found, missing(object, printer.text(key)));
    }

    /// Return a method or field, never an item.
    Value attributeOnly(Value object, String name) {
        return Value.ofOptional(field(object, name), missing(object, name));
    }

    private static String missing(Value object, String name) {
        return "'" + object.typeName() + " object' has no attribute '" + name + "'";
    }

    static void refusePrivate(String name, Value object) {
        if (name.startsWith("_")) throw Containers.unsafe(name, object);
    }

    private Optional<Value> field(Value object, String name) {
        if (object instanceof Value.Undefined(String reason)) throw Fault.of(reason);
        refusePrivate(name, object);
        return switch (object) {
            case Value.Text(String text) -> textMethods.method(text, name);
            case Value.Mapping mapping -> containers.method(mapping, name);
            case Value.Sequence sequence -> containers.method(sequence, name);
            case Value.Namespace namespace -> Optional.ofNullable(namespace.fields.get(name));
            case Value.Callable callable ->
                Optional.ofNullable(callable.attributes().get(name));
            case Value.LoopState(Loop loop) -> loop.attribute(name);
            case Value.Group(Value grouper, Value list) ->
                switch (name) {
                    case "grouper" -> Optional.of(grouper);
                    case "list" -> Optional.of(list);
                    default -> Optional.empty();
                };
            case Value.None _, Value.Undefined _, Value.Bool _, Value.Int _, Value.Real _, Value.Generated _ ->
                Optional.empty();
        };
    }
}
