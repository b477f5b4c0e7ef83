package dev.savile.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One expression of a template, with the place where it stands.
sealed interface Expression {
    Position position();

    record Literal(Value value, Position position) implements Expression {}

    record Name(String name, Position position) implements Expression {}

    record ListOf(List<Expression> items, Position position) implements Expression {}

    record TupleOf(List<Expression> items, Position position) implements Expression {}

    record MappingOf(List<Map.Entry<Expression, Expression>> entries, Position position) implements Expression {}

    record Unary(UnaryOperator operator, Expression operand, Position position) implements Expression {}

    record Binary(BinaryOperator operator, Expression left, Expression right, Position position)
            implements Expression {}

    record And(Expression left, Expression right, Position position) implements Expression {}

    record Or(Expression left, Expression right, Position position) implements Expression {}

    /// `a ~ b ~ c`
    record Joined(List<Expression> parts, Position position) implements Expression {}

    /// `a < b <= c`
    record Comparison(Expression first, List<Step> steps, Position position) implements Expression {
        record Step(Comparator comparator, Expression operand) {}
    }

    /// `yes if condition else no`; without `else` an undefined value.
    record Conditional(Expression condition, Expression yes, Optional<Expression> no, Position position)
            implements Expression {}

    /// `object.name`
    record Attribute(Expression object, String name, Position position) implements Expression {}

    /// `object[key]`
    record Item(Expression object, Expression key, Position position) implements Expression {}

    /// `object[start:stop:step]`
    record Slice(
            Expression object,
            Optional<Expression> start,
            Optional<Expression> stop,
            Optional<Expression> step,
            Position position)
            implements Expression {}

    record Call(Expression callee, CallArguments arguments, Position position) implements Expression {}

    record Filtered(Expression operand, String filter, CallArguments arguments, Position position)
            implements Expression {}

    record Tested(Expression operand, String test, CallArguments arguments, boolean negated, Position position)
            implements Expression {}

    /// What stands for the text of a block in `{% filter %}` and `{% set %}` with filters.
    record BlockText(Position position) implements Expression {}

    enum UnaryOperator {
        NOT,
        NEGATE,
        PLUS
    }

    enum BinaryOperator {
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        FLOOR_DIVIDE,
        REMAINDER,
        POWER
    }

    enum Comparator {
        EQUAL("=="),
        NOT_EQUAL("!="),
        LESS("<"),
        LESS_EQUAL("<="),
        GREATER(">"),
        GREATER_EQUAL(">="),
        IN("in"),
        NOT_IN("not in");

        final String symbol;

        Comparator(String symbol) {
            this.symbol = symbol;
        }
    }

    /// The arguments of a call, `*` and `**` included.
    record CallArguments(
            List<Expression> positional,
            List<Map.Entry<String, Expression>> named,
            Optional<Expression> spread,
            Optional<Expression> namedSpread) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());

        boolean none() {
            return positional.isEmpty() && named.isEmpty() && spread.isEmpty() && namedSpread.isEmpty();
        }
    }
}
