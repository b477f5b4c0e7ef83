package dev.savile.text.jinja;

import dev.savile.text.jinja.Expression.BinaryOperator;
import dev.savile.text.jinja.Value.Int;
import dev.savile.text.jinja.Value.Real;
import dev.savile.text.jinja.Value.Sequence;
import dev.savile.text.jinja.Value.Text;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Calculate and compare as Python does: whole numbers without bound, floor division, chains of types that do not
/// mix.
final class Operators {
    private static final int MAX_POWER_BITS = 100_000;

    private final Budget budget;
    private final Printer printer;

    Operators(Budget budget, Printer printer) {
        this.budget = budget;
        this.printer = printer;
    }

    Value apply(BinaryOperator operator, Value left, Value right) {
        defined(left);
        defined(right);
        Optional<Value> number = arithmetic(operator, left, right);
        if (number.isPresent()) return number.get();
        return switch (operator) {
            case ADD -> concatenate(left, right);
            case MULTIPLY -> {
                if (whole(right).isPresent()) yield repeat(left, whole(right).get(), right);
                if (whole(left).isPresent()) yield repeat(right, whole(left).get(), left);
                throw unsupported("*", left, right);
            }
            case REMAINDER -> {
                if (!(left instanceof Text(String format))) throw unsupported("%", left, right);
                Value values = right instanceof Sequence(var kind, var _) && kind == Sequence.Kind.TUPLE
                        ? right
                        : Value.tuple(List.of(right));
                yield Value.of(new PercentFormat(printer, budget).format(format, values.items(), right));
            }
            case SUBTRACT -> throw unsupported("-", left, right);
            case DIVIDE -> throw unsupported("/", left, right);
            case FLOOR_DIVIDE -> throw unsupported("//", left, right);
            case POWER -> throw unsupported("** or pow()", left, right);
        };
    }

    private static void defined(Value value) {
        if (value instanceof Value.Undefined(String reason)) throw Fault.of(reason);
    }

    private static Fault unsupported(String symbol, Value left, Value right) {
        return Fault.of("unsupported operand type(s) for " + symbol + ": '" + left.typeName() + "' and '"
                + right.typeName() + "'");
    }

    private Value concatenate(Value left, Value right) {
        if (left instanceof Text(String a) && right instanceof Text(String b)) {
            budget.make((long) a.length() + b.length());
            return Value.of(a + b);
        }
        if (left instanceof Sequence(var kind, var a)
                && right instanceof Sequence(var other, var b)
                && kind == other
                && kind.indexable()) {
            budget.make((long) a.size() + b.size());
            List<Value> items = new ArrayList<>(a);
            items.addAll(b);
            return new Sequence(kind, items);
        }
        if (left instanceof Text) throw Fault.of("can only concatenate str (not \"" + right.typeName() + "\") to str");
        throw unsupported("+", left, right);
    }

    private Value repeat(Value value, BigInteger times, Value factor) {
        long count = times.signum() < 0
                ? 0
                : times.min(BigInteger.valueOf(Integer.MAX_VALUE)).longValue();
        if (value instanceof Text(String text)) {
            budget.make(count * text.length());
            return Value.of(text.repeat((int) count));
        }
        if (value instanceof Sequence(var kind, var items) && kind.indexable()) {
            budget.make(count * items.size());
            List<Value> all = new ArrayList<>();
            for (long i = 0; i < count && !items.isEmpty(); i++) all.addAll(items);
            return new Sequence(kind, all);
        }
        throw unsupported("*", value, factor);
    }

    /// Return the whole number that a value is, true and false being 1 and 0.
    static Optional<BigInteger> whole(Value value) {
        if (value instanceof Int(BigInteger number)) return Optional.of(number);
        if (value instanceof Value.Bool(boolean flag)) return Optional.of(flag ? BigInteger.ONE : BigInteger.ZERO);
        return Optional.empty();
    }

    /// Return the number that a value is, as a double.
    static Optional<Double> real(Value value) {
        if (value instanceof Real(double number)) return Optional.of(number);
        return whole(value).map(BigInteger::doubleValue);
    }

    private Optional<Value> arithmetic(BinaryOperator operator, Value left, Value right) {
        if (real(left).isEmpty() || real(right).isEmpty()) return Optional.empty();
        Optional<BigInteger> a = whole(left);
        Optional<BigInteger> b = whole(right);
        if (a.isPresent() && b.isPresent()) return Optional.of(whole(operator, a.get(), b.get()));
        return Optional.of(new Real(real(operator, real(left).get(), real(right).get())));
    }

    private Value whole(BinaryOperator operator, BigInteger a, BigInteger b) {
        budget.make(a.bitLength() + (long) b.bitLength());
        return switch (operator) {
            case ADD -> new Int(a.add(b));
            case SUBTRACT -> new Int(a.subtract(b));
            case MULTIPLY -> {
                if (a.bitLength() + (long) b.bitLength() > MAX_POWER_BITS) throw Fault.limit("a very large number");
                yield new Int(a.multiply(b));
            }
            case DIVIDE -> {
                notZero(b.signum() == 0, "division by zero");
                yield new Real(new BigDecimal(a)
                        .divide(new BigDecimal(b), new java.math.MathContext(40))
                        .doubleValue());
            }
            case FLOOR_DIVIDE -> {
                notZero(b.signum() == 0, "integer division or modulo by zero");
                BigInteger[] parts = a.divideAndRemainder(b);
                boolean down = parts[1].signum() != 0 && parts[1].signum() != b.signum();
                yield new Int(down ? parts[0].subtract(BigInteger.ONE) : parts[0]);
            }
            case REMAINDER -> {
                notZero(b.signum() == 0, "integer modulo by zero");
                BigInteger rest = a.remainder(b);
                yield new Int(rest.signum() != 0 && rest.signum() != b.signum() ? rest.add(b) : rest);
            }
            case POWER -> {
                if (b.signum() < 0) yield new Real(Math.pow(a.doubleValue(), b.doubleValue()));
                if (a.bitLength() > 1
                        && b.multiply(BigInteger.valueOf(a.bitLength())).bitLength() > 17)
                    throw Fault.limit("a very large number");
                yield new Int(a.bitLength() <= 1 ? smallPower(a, b) : a.pow(b.intValueExact()));
            }
        };
    }

    private static BigInteger smallPower(BigInteger base, BigInteger exponent) {
        if (exponent.signum() == 0) return BigInteger.ONE;
        if (base.signum() >= 0) return base.bitLength() <= 1 ? base : BigInteger.ZERO;
        return base.equals(BigInteger.ONE.negate())
                ? (exponent.testBit(0) ? base : BigInteger.ONE)
                : base.pow(exponent.min(BigInteger.valueOf(MAX_POWER_BITS)).intValueExact());
    }

    private static double real(BinaryOperator operator, double a, double b) {
        return switch (operator) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> {
                notZero(b == 0, "float division by zero");
                yield a / b;
            }
            case FLOOR_DIVIDE -> {
                notZero(b == 0, "float floor division by zero");
                yield Math.floor(a / b);
            }
            case REMAINDER -> {
                notZero(b == 0, "float modulo");
                double rest = a % b;
                yield rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
            }
            case POWER -> Math.pow(a, b);
        };
    }

    private static void notZero(boolean zero, String message) {
        if (zero) throw Fault.of(message);
    }

    Value negate(Value value) {
        if (whole(value).isPresent()) return new Int(whole(value).get().negate());
        if (value instanceof Real(double number)) return new Real(-number);
        defined(value);
        throw Fault.of("bad operand type for unary -: '" + value.typeName() + "'");
    }

    Value plus(Value value) {
        if (whole(value).isPresent()) return new Int(whole(value).get());
        if (value instanceof Real) return value;
        defined(value);
        throw Fault.of("bad operand type for unary +: '" + value.typeName() + "'");
    }

    @SuppressWarnings("ReferenceEquality") // a shortcut that also ends the comparison of a list with itself
    boolean equal(Value left, Value right) {
        budget.step();
        if (left == right) return true;
        if (real(left).isPresent() && real(right).isPresent()) {
            if (whole(left).isPresent() && whole(right).isPresent())
                return whole(left).equals(whole(right));
            return real(left).get().doubleValue() == real(right).get().doubleValue();
        }
        return switch (left) {
            case Value.Undefined _ -> right instanceof Value.Undefined;
            case Text(String a) -> right instanceof Text(String b) && a.equals(b);
            case Sequence(var kind, var a) ->
                right instanceof Sequence(var other, var b) && kind == other && equal(a, b);
            case Value.Mapping(var a) -> {
                if (!(right instanceof Value.Mapping(var b)) || a.size() != b.size()) yield false;
                budget.enter();
                boolean same = true;
                for (Map.Entry<Value, Value> entry : a.entrySet()) {
                    Value other = b.get(entry.getKey());
                    same = same && other != null && equal(entry.getValue(), other);
                }
                budget.leave();
                yield same;
            }
            case Value.Group group -> right instanceof Value.Group other && equal(group.items(), other.items());
            case Value.None _,
                    Value.Bool _,
                    Int _,
                    Real _,
                    Value.Generated _,
                    Value.Namespace _,
                    Value.Callable _,
                    Value.LoopState _ -> false;
        };
    }

    private boolean equal(List<Value> a, List<Value> b) {
        if (a.size() != b.size()) return false;
        budget.enter();
        boolean same = true;
        for (int i = 0; i < a.size() && same; i++) same = equal(a.get(i), b.get(i));
        budget.leave();
        return same;
    }

    /// Order two values, or fail where Python has no order.
    int compare(Value left, Value right, String symbol) {
        budget.step();
        defined(left);
        defined(right);
        if (real(left).isPresent() && real(right).isPresent()) {
            if (whole(left).isPresent() && whole(right).isPresent())
                return whole(left).get().compareTo(whole(right).get());
            return Double.compare(real(left).get() + 0.0, real(right).get() + 0.0);
        }
        if (left instanceof Text(String a) && right instanceof Text(String b)) return PythonText.compare(a, b);
        if (left instanceof Sequence(var kind, var a)
                && right instanceof Sequence(var other, var b)
                && kind == other
                && kind.indexable()) {
            budget.enter();
            int order = 0;
            for (int i = 0; i < Math.min(a.size(), b.size()) && order == 0; i++)
                if (!equal(a.get(i), b.get(i))) order = compare(a.get(i), b.get(i), symbol);
            budget.leave();
            return order != 0 ? order : Integer.compare(a.size(), b.size());
        }
        throw Fault.of("'" + symbol + "' not supported between instances of '" + left.typeName() + "' and '"
                + right.typeName() + "'");
    }

    boolean contains(Value container, Value item) {
        if (container instanceof Text(String text)) {
            if (item instanceof Text(String part)) return text.contains(part);
            defined(item);
            throw Fault.of("'in <string>' requires string as left operand, not " + item.typeName());
        }
        if (container instanceof Value.Mapping(var entries)) return entries.containsKey(Containers.key(item));
        for (Value candidate : container.items()) if (equal(candidate, item)) return true;
        return false;
    }
}
