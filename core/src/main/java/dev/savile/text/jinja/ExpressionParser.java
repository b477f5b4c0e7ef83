package dev.savile.text.jinja;

import dev.savile.text.jinja.Expression.BinaryOperator;
import dev.savile.text.jinja.Expression.CallArguments;
import dev.savile.text.jinja.Expression.Comparator;
import dev.savile.text.jinja.Expression.Comparison;
import dev.savile.text.jinja.Expression.UnaryOperator;
import dev.savile.text.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Read expressions. From loose to tight: `if`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`,
/// sign, then `.`, `[]`, calls, filters and tests.
final class ExpressionParser {
    private static final int MAX_NESTING = 200;

    private final TokenStream tokens;
    private final Set<String> namesRead = new LinkedHashSet<>();
    private int nesting;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /// Return every name read so far; a macro's use of `varargs` and the like is found by it.
    Set<String> namesRead() {
        return namesRead;
    }

    Expression expression() {
        return expression(true);
    }

    /// Read an expression or, with commas, a tuple.
    Expression tuple(boolean withConditional) {
        Position position = tokens.current().position();
        Expression first = expression(withConditional);
        if (!tokens.current().isOperator(",")) return first;
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")) {
            if (endsTuple()) break;
            items.add(expression(withConditional));
        }
        return new Expression.TupleOf(List.copyOf(items), position);
    }

    private boolean endsTuple() {
        Token token = tokens.current();
        return token.kind() == Kind.BLOCK_END
                || token.kind() == Kind.VARIABLE_END
                || token.isOperator(")")
                || token.isName("recursive");
    }

    private Expression expression(boolean withConditional) {
        if (++nesting > MAX_NESTING)
            throw Fault.syntax(
                    "expressions are nested too deeply", tokens.current().position());
        Expression result = or();
        while (withConditional && tokens.current().isName("if")) {
            Position position = tokens.next().position();
            Expression condition = or();
            Optional<Expression> no = tokens.skipName("else") ? Optional.of(expression(true)) : Optional.empty();
            result = new Expression.Conditional(condition, result, no, position);
        }
        nesting--;
        return result;
    }

    private Expression or() {
        Expression left = and();
        while (tokens.current().isName("or")) {
            Position position = tokens.next().position();
            left = new Expression.Or(left, and(), position);
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.current().isName("and")) {
            Position position = tokens.next().position();
            left = new Expression.And(left, not(), position);
        }
        return left;
    }

    private Expression not() {
        List<Position> nots = new ArrayList<>();
        while (tokens.current().isName("not")) nots.add(tokens.next().position());
        Expression result = comparison();
        for (Position position : nots.reversed()) result = new Expression.Unary(UnaryOperator.NOT, result, position);
        return result;
    }

    private Expression comparison() {
        Position position = tokens.current().position();
        Expression first = sum();
        List<Comparison.Step> steps = new ArrayList<>();
        for (Optional<Comparator> found = comparator(); found.isPresent(); found = comparator())
            steps.add(new Comparison.Step(found.get(), sum()));
        return steps.isEmpty() ? first : new Comparison(first, List.copyOf(steps), position);
    }

    private Optional<Comparator> comparator() {
        Token token = tokens.current();
        if (token.isName("in")) {
            tokens.next();
            return Optional.of(Comparator.IN);
        }
        if (token.isName("not") && tokens.ahead().isName("in")) {
            tokens.next();
            tokens.next();
            return Optional.of(Comparator.NOT_IN);
        }
        if (token.kind() == Kind.OPERATOR)
            for (Comparator comparator : Comparator.values())
                if (comparator.symbol.equals(token.text())) {
                    tokens.next();
                    return Optional.of(comparator);
                }
        return Optional.empty();
    }

    private Expression sum() {
        Expression left = joined();
        while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
            Token token = tokens.next();
            BinaryOperator operator = token.text().equals("+") ? BinaryOperator.ADD : BinaryOperator.SUBTRACT;
            left = new Expression.Binary(operator, left, joined(), token.position());
        }
        return left;
    }

    private Expression joined() {
        Position position = tokens.current().position();
        Expression first = product();
        if (!tokens.current().isOperator("~")) return first;
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) parts.add(product());
        return new Expression.Joined(List.copyOf(parts), position);
    }

    private Expression product() {
        Expression left = power();
        while (true) {
            Token token = tokens.current();
            if (token.kind() != Kind.OPERATOR) return left;
            BinaryOperator operator;
            switch (token.text()) {
                case "*" -> operator = BinaryOperator.MULTIPLY;
                case "/" -> operator = BinaryOperator.DIVIDE;
                case "//" -> operator = BinaryOperator.FLOOR_DIVIDE;
                case "%" -> operator = BinaryOperator.REMAINDER;
                default -> {
                    return left;
                }
            }
            tokens.next();
            left = new Expression.Binary(operator, left, power(), token.position());
        }
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.current().isOperator("**")) {
            Position position = tokens.next().position();
            left = new Expression.Binary(BinaryOperator.POWER, left, unary(true), position);
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        if (++nesting > MAX_NESTING)
            throw Fault.syntax(
                    "expressions are nested too deeply", tokens.current().position());
        Token token = tokens.current();
        Expression result;
        if (tokens.skipOperator("-"))
            result = new Expression.Unary(UnaryOperator.NEGATE, unary(false), token.position());
        else if (tokens.skipOperator("+"))
            result = new Expression.Unary(UnaryOperator.PLUS, unary(false), token.position());
        else result = primary();
        result = postfix(result);
        if (withFilters) result = filters(result);
        nesting--;
        return result;
    }

    private Expression primary() {
        Token token = tokens.next();
        Position position = token.position();
        return switch (token.kind()) {
            case NAME -> name(token);
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.current().kind() == Kind.STRING)
                    text.append(tokens.next().text());
                yield new Expression.Literal(Value.of(text.toString()), position);
            }
            case INTEGER -> new Expression.Literal(new Value.Int(integer(token)), position);
            case FLOAT -> new Expression.Literal(new Value.Real(Double.parseDouble(token.text())), position);
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesized(position);
                    case "[" -> new Expression.ListOf(items(), position);
                    case "{" -> mapping(position);
                    default -> throw Fault.syntax("unexpected '" + token.describe() + "'", position);
                };
            case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END ->
                throw Fault.syntax("unexpected '" + token.describe() + "'", position);
        };
    }

    private Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Expression.Literal(Value.Bool.TRUE, token.position());
            case "false", "False" -> new Expression.Literal(Value.Bool.FALSE, token.position());
            case "none", "None" -> new Expression.Literal(Value.None.NONE, token.position());
            default -> {
                namesRead.add(token.text());
                yield new Expression.Name(token.text(), token.position());
            }
        };
    }

    private static BigInteger integer(Token token) {
        String text = token.text();
        try {
            if (text.length() < 2 || text.charAt(0) != '0') return new BigInteger(text);
            return switch (text.charAt(1)) {
                case 'x', 'X' -> new BigInteger(text.substring(2), 16);
                case 'o', 'O' -> new BigInteger(text.substring(2), 8);
                case 'b', 'B' -> new BigInteger(text.substring(2), 2);
                default -> new BigInteger(text);
            };
        } catch (NumberFormatException e) {
            throw Fault.syntax("'" + text + "' is not a number", token.position());
        }
    }

    private Expression parenthesized(Position position) {
        if (tokens.skipOperator(")")) return new Expression.TupleOf(List.of(), position);
        Expression result = tuple(true);
        tokens.expectOperator(")");
        return result;
    }

    /// Read the rest of a list, whose bracket is open.
    private List<Expression> items() {
        List<Expression> items = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("]")) break;
            }
            items.add(expression());
        }
        return List.copyOf(items);
    }

    private Expression mapping(Position position) {
        List<Map.Entry<Expression, Expression>> entries = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            if (!entries.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) break;
            }
            Expression key = expression();
            tokens.expectOperator(":");
            entries.add(Map.entry(key, expression()));
        }
        return new Expression.MappingOf(List.copyOf(entries), position);
    }

    private Expression postfix(Expression start) {
        Expression result = start;
        while (true) {
            Token token = tokens.current();
            if (tokens.skipOperator(".")) result = attribute(result);
            else if (tokens.skipOperator("[")) result = subscript(result, token.position());
            else if (token.isOperator("(")) result = new Expression.Call(result, arguments(), token.position());
            else return result;
        }
    }

    private Expression attribute(Expression object) {
        Token token = tokens.next();
        if (token.kind() == Kind.NAME) return new Expression.Attribute(object, token.text(), token.position());
        if (token.kind() == Kind.INTEGER)
            return new Expression.Item(
                    object, new Expression.Literal(new Value.Int(integer(token)), token.position()), token.position());
        throw Fault.syntax("unexpected '" + token.describe() + "', expected name or number", token.position());
    }

    private Expression subscript(Expression object, Position position) {
        Optional<Expression> start = tokens.current().isOperator(":") ? Optional.empty() : Optional.of(expression());
        if (tokens.current().isOperator(":")) {
            tokens.next();
            Optional<Expression> stop = slicePart();
            Optional<Expression> step = tokens.skipOperator(":") ? slicePart() : Optional.empty();
            tokens.expectOperator("]");
            return new Expression.Slice(object, start, stop, step, position);
        }
        Expression key = start.orElseThrow();
        if (tokens.current().isOperator(",")) {
            List<Expression> items = new ArrayList<>(List.of(key));
            while (tokens.skipOperator(",") && !tokens.current().isOperator("]")) items.add(expression());
            key = new Expression.TupleOf(List.copyOf(items), position);
        }
        tokens.expectOperator("]");
        return new Expression.Item(object, key, position);
    }

    private Optional<Expression> slicePart() {
        boolean empty = tokens.current().isOperator(":") || tokens.current().isOperator("]");
        return empty ? Optional.empty() : Optional.of(expression());
    }

    CallArguments arguments() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Map.Entry<String, Expression>> named = new ArrayList<>();
        Optional<Expression> spread = Optional.empty();
        Optional<Expression> namedSpread = Optional.empty();
        boolean first = true;
        while (!tokens.skipOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(")")) break;
            }
            first = false;
            Token token = tokens.current();
            if (tokens.skipOperator("*")) spread = Optional.of(expression());
            else if (tokens.skipOperator("**")) namedSpread = Optional.of(expression());
            else if (token.kind() == Kind.NAME && tokens.ahead().isOperator("=")) {
                tokens.next();
                tokens.next();
                named.add(Map.entry(token.text(), expression()));
            } else {
                if (!named.isEmpty() || namedSpread.isPresent())
                    throw Fault.syntax("a positional argument follows a named one", token.position());
                positional.add(expression());
            }
        }
        return new CallArguments(List.copyOf(positional), List.copyOf(named), spread, namedSpread);
    }

    private Expression filters(Expression start) {
        Expression result = start;
        while (true) {
            Token token = tokens.current();
            if (token.isOperator("|")) result = filter(result);
            else if (token.isName("is")) result = test(result);
            else if (token.isOperator("(")) result = new Expression.Call(result, arguments(), token.position());
            else return result;
        }
    }

    /// Read `| name(arguments)`, once or more.
    Expression filter(Expression operand) {
        Expression result = operand;
        while (tokens.current().isOperator("|")) {
            Position position = tokens.next().position();
            result = namedFilter(result, position);
        }
        return result;
    }

    Expression namedFilter(Expression operand, Position position) {
        String name = dottedName();
        CallArguments arguments = tokens.current().isOperator("(") ? arguments() : CallArguments.NONE;
        return new Expression.Filtered(operand, name, arguments, position);
    }

    private Expression test(Expression operand) {
        Position position = tokens.next().position();
        boolean negated = tokens.skipName("not");
        String name = dottedName();
        CallArguments arguments = CallArguments.NONE;
        Token token = tokens.current();
        if (token.isOperator("(")) arguments = arguments();
        else if (startsOperand(token))
            arguments = new CallArguments(List.of(postfix(primary())), List.of(), Optional.empty(), Optional.empty());
        return new Expression.Tested(operand, name, arguments, negated, position);
    }

    private static boolean startsOperand(Token token) {
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case NAME ->
                !List.of("else", "or", "and", "if", "is", "in", "not", "recursive")
                        .contains(token.text());
            case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    private String dottedName() {
        StringBuilder name =
                new StringBuilder(tokens.expect(Kind.NAME, "a name").text());
        while (tokens.skipOperator("."))
            name.append('.').append(tokens.expect(Kind.NAME, "a name").text());
        return name.toString();
    }
}
