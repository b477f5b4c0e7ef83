package dev.savile.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;

/// Apply the filters on numbers.
final class NumberFilters {
    static final List<String> NAMES = List.of("abs", "round", "int", "float");

    Value apply(String name, Value value, Arguments arguments) {
        return switch (name) {
            case "abs" -> {
                arguments.only();
                yield absolute(value);
            }
            case "round" -> round(value, arguments.only("precision", "method"));
            case "int" -> whole(value, arguments.only("default", "base"));
            case "float" -> real(value, arguments.only("default"));
            default -> throw new IllegalStateException("no number filter " + name);
        };
    }

    private static Value absolute(Value value) {
        if (Operators.whole(value).isPresent())
            return new Value.Int(Operators.whole(value).get().abs());
        if (value instanceof Value.Real(double number)) return new Value.Real(Math.abs(number));
        throw Fault.of("bad operand type for abs(): '" + value.typeName() + "'");
    }

    private static Value round(Value value, Arguments arguments) {
        int precision = arguments.integer(0, "precision", 0);
        if (Math.abs(precision) > 300) throw Fault.limit("a precision of " + precision + " digits");
        String method = arguments.text(1, "method", "common");
        double number = Operators.real(value)
                .orElseThrow(() -> Fault.of("type " + value.typeName() + " doesn't define __round__ method"));
        return switch (method) {
            case "common" ->
                value instanceof Value.Real
                        ? new Value.Real(new BigDecimal(number)
                                .setScale(precision, RoundingMode.HALF_EVEN)
                                .doubleValue())
                        : new Value.Int(new BigDecimal(Operators.whole(value).orElseThrow())
                                .setScale(Math.min(0, precision), RoundingMode.HALF_EVEN)
                                .toBigInteger());
            case "ceil" -> new Value.Real(Math.ceil(number * Math.pow(10, precision)) / Math.pow(10, precision));
            case "floor" -> new Value.Real(Math.floor(number * Math.pow(10, precision)) / Math.pow(10, precision));
            default -> throw Fault.of("method must be common, ceil or floor");
        };
    }

    private static Value whole(Value value, Arguments arguments) {
        int base = arguments.integer(1, "base", 10);
        if (Operators.whole(value).isPresent())
            return new Value.Int(Operators.whole(value).get());
        if (value instanceof Value.Real(double number) && Double.isFinite(number))
            return new Value.Int(new BigDecimal(number).toBigInteger());
        if (value instanceof Value.Text(String text)) {
            String digits = PythonText.strip(text, true, true).replaceFirst("^\\+", "");
            try {
                return new Value.Int(new BigInteger(digits, base));
            } catch (NumberFormatException e) {
                // Python then reads the text as a float and cuts it, "2.5" becomes 2
            }
            try {
                double number = Double.parseDouble(digits);
                if (base == 10 && Double.isFinite(number) && Math.abs(number) < 1e300)
                    return new Value.Int(new BigDecimal(number).toBigInteger());
            } catch (NumberFormatException e) {
                // no number at all: the default
            }
        }
        return arguments.value(0, "default", Value.of(0));
    }

    private static Value real(Value value, Arguments arguments) {
        if (Operators.real(value).isPresent())
            return new Value.Real(Operators.real(value).get());
        if (value instanceof Value.Text(String text)) {
            try {
                return new Value.Real(Double.parseDouble(PythonText.strip(text, true, true)));
            } catch (NumberFormatException e) {
                // no number: the default
            }
        }
        return arguments.value(0, "default", new Value.Real(0));
    }
}
