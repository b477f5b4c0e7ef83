package dev.savile.text.jinja;

import dev.savile.common.Nearest;
import dev.savile.text.jinja.Value.Int;
import dev.savile.text.jinja.Value.Text;
import java.math.BigInteger;
import java.util.List;

/// Answer `value is test`.
final class Tests {
    static final List<String> NAMES = List.of(
            "defined",
            "undefined",
            "none",
            "boolean",
            "true",
            "false",
            "integer",
            "float",
            "number",
            "string",
            "mapping",
            "iterable",
            "sequence",
            "callable",
            "sameas",
            "eq",
            "equalto",
            "==",
            "ne",
            "!=",
            "lt",
            "lessthan",
            "<",
            "le",
            "<=",
            "gt",
            "greaterthan",
            ">",
            "ge",
            ">=",
            "in",
            "even",
            "odd",
            "divisibleby",
            "lower",
            "upper",
            "filter",
            "test",
            "escaped");

    private final Operators operators;
    private final Printer printer;

    Tests(Operators operators, Printer printer) {
        this.operators = operators;
        this.printer = printer;
    }

    boolean apply(String name, Value value, Arguments arguments) {
        return switch (name) {
            case "defined" -> !(value instanceof Value.Undefined);
            case "undefined" -> value instanceof Value.Undefined;
            case "none" -> value == Value.None.NONE;
            case "boolean" -> value instanceof Value.Bool;
            case "true" -> value.equals(Value.Bool.TRUE);
            case "false" -> value.equals(Value.Bool.FALSE);
            case "integer" -> value instanceof Int;
            case "float" -> value instanceof Value.Real;
            case "number" -> Operators.real(value).isPresent();
            case "string" -> value instanceof Text;
            case "mapping" -> value instanceof Value.Mapping;
            case "iterable" -> iterable(value);
            case "sequence" -> sequence(value);
            case "callable" -> value instanceof Value.Callable || value instanceof Value.LoopState;
            case "sameas" -> same(value, arguments.value(0, "other"));
            case "eq", "equalto", "==" -> operators.equal(value, arguments.value(0, "other"));
            case "ne", "!=" -> !operators.equal(value, arguments.value(0, "other"));
            case "lt", "lessthan", "<" -> operators.compare(value, arguments.value(0, "other"), "<") < 0;
            case "le", "<=" -> operators.compare(value, arguments.value(0, "other"), "<=") <= 0;
            case "gt", "greaterthan", ">" -> operators.compare(value, arguments.value(0, "other"), ">") > 0;
            case "ge", ">=" -> operators.compare(value, arguments.value(0, "other"), ">=") >= 0;
            case "in" -> operators.contains(arguments.value(0, "seq"), value);
            case "even" -> remainder(value, BigInteger.TWO).signum() == 0;
            case "odd" -> remainder(value, BigInteger.TWO).signum() != 0;
            case "divisibleby" -> {
                BigInteger divisor = Operators.whole(arguments.value(0, "num"))
                        .orElseThrow(() -> Fault.of("divisibleby needs a whole number"));
                yield remainder(value, divisor).signum() == 0;
            }
            case "lower" -> TextMethods.isCase(printer.text(value), false);
            case "upper" -> TextMethods.isCase(printer.text(value), true);
            case "filter" -> value instanceof Text(String filter) && Filters.NAMES.contains(filter);
            case "test" -> value instanceof Text(String test) && NAMES.contains(test);
            case "escaped" -> false;
            default ->
                throw Fault.of("No test named '" + name + "'."
                        + Nearest.to(name, NAMES)
                                .map(near -> " Did you mean '" + near + "'?")
                                .orElse(""));
        };
    }

    private static BigInteger remainder(Value value, BigInteger divisor) {
        if (divisor.signum() == 0) throw Fault.of("integer modulo by zero");
        return Operators.whole(value)
                .orElseThrow(() -> Fault.of("a whole number is needed, not " + value.typeName()))
                .remainder(divisor);
    }

    @SuppressWarnings("ReferenceEquality") // what Python's `is` asks
    private static boolean same(Value a, Value b) {
        if (a == b) return true;
        return a.typeName().equals(b.typeName())
                && switch (a) {
                    case Value.None _, Value.Bool _, Int _, Text _ -> a.equals(b);
                    default -> false;
                };
    }

    private static boolean iterable(Value value) {
        return switch (value) {
            case Value.Undefined _,
                    Text _,
                    Value.Sequence _,
                    Value.Mapping _,
                    Value.Generated _,
                    Value.Group _,
                    Value.LoopState _ -> true;
            case Value.None _, Value.Bool _, Int _, Value.Real _, Value.Namespace _, Value.Callable _ -> false;
        };
    }

    private static boolean sequence(Value value) {
        return switch (value) {
            case Text _, Value.Mapping _, Value.Group _ -> true;
            case Value.Sequence sequence -> sequence.kind().indexable();
            case Value.None _,
                    Value.Undefined _,
                    Value.Bool _,
                    Int _,
                    Value.Real _,
                    Value.Generated _,
                    Value.Namespace _,
                    Value.Callable _,
                    Value.LoopState _ -> false;
        };
    }
}
