package dev.savile.text.jinja;

import dev.savile.text.jinja.Statement.MacroShape;
import dev.savile.text.jinja.Statement.Target;
import dev.savile.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Read the statements of a template.
final class Parser {
    private static final int MAX_NESTING = 150;
    private static final Set<String> KEYWORDS = Set.of("true", "false", "none", "True", "False", "None");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int nesting;
    private int loops;

    private Parser(List<Token> tokens) {
        this.tokens = new TokenStream(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    static List<Statement> parse(String template) {
        Parser parser = new Parser(Lexer.tokens(template));
        return parser.body("the template", parser.tokens.current().position());
    }

    /// Read statements up to one of the closing tags, whose name is left as the current token.
    private List<Statement> body(String opened, Position position, String... closing) {
        if (++nesting > MAX_NESTING) throw Fault.syntax("blocks are nested too deeply", position);
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Data(token.text(), token.position()));
                case VARIABLE_BEGIN -> {
                    statements.add(new Statement.Print(expressions.tuple(true), token.position()));
                    tokens.expect(Kind.VARIABLE_END, "end of print statement");
                }
                case BLOCK_BEGIN -> {
                    Token tag = tokens.current();
                    if (tag.kind() != Kind.NAME) throw tokens.unexpected("the name of a tag");
                    for (String name : closing)
                        if (tag.isName(name)) {
                            nesting--;
                            return List.copyOf(statements);
                        }
                    tokens.next();
                    statements.add(statement(tag));
                }
                case END -> {
                    if (closing.length > 0)
                        throw Fault.syntax(
                                "the template ends before '" + String.join("' or '", closing) + "' of " + opened,
                                position);
                    nesting--;
                    return List.copyOf(statements);
                }
                case VARIABLE_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
                    throw Fault.syntax("unexpected '" + token.describe() + "'", token.position());
            }
        }
    }

    private Statement statement(Token tag) {
        Position position = tag.position();
        return switch (tag.text()) {
            case "if" -> conditional(position);
            case "for" -> loop(position);
            case "set" -> assignment(position);
            case "with" -> with(position);
            case "macro" -> macro(position);
            case "call" -> callBlock(position);
            case "filter" -> filterBlock(position);
            case "generation" -> {
                endTag();
                List<Statement> body = body("'generation'", position, "endgeneration");
                closeTag();
                yield new Statement.Generation(body, position);
            }
            case "break", "continue" -> {
                if (loops == 0) throw Fault.syntax("'" + tag.text() + "' outside of a loop", position);
                endTag();
                yield tag.text().equals("break") ? new Statement.Break(position) : new Statement.Continue(position);
            }
            default -> throw Fault.syntax("Encountered unknown tag '" + tag.text() + "'.", position);
        };
    }

    private void endTag() {
        tokens.expect(Kind.BLOCK_END, "end of statement block");
    }

    /// Read the name of the closing tag and its end.
    private void closeTag() {
        tokens.next();
        endTag();
    }

    private Statement conditional(Position position) {
        List<Statement.If.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        Expression condition = expressions.tuple(true);
        while (true) {
            endTag();
            List<Statement> body = body("'if'", position, "elif", "else", "endif");
            branches.add(new Statement.If.Branch(condition, body));
            Token tag = tokens.next();
            if (tag.isName("elif")) {
                condition = expressions.tuple(true);
                continue;
            }
            if (tag.isName("else")) {
                endTag();
                otherwise = body("'if'", position, "endif");
                tokens.next();
            }
            endTag();
            return new Statement.If(List.copyOf(branches), otherwise, position);
        }
    }

    private Statement loop(Position position) {
        Target target = targets();
        tokens.expectName("in");
        Expression source = expressions.tuple(false);
        Optional<Expression> filter = tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean recursive = tokens.skipName("recursive");
        endTag();
        loops++;
        List<Statement> body = body("'for'", position, "else", "endfor");
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.next().isName("else")) {
            endTag();
            otherwise = body("'for'", position, "endfor");
            tokens.next();
        }
        endTag();
        return new Statement.For(target, source, filter, recursive, body, otherwise, position);
    }

    private Statement assignment(Position position) {
        Target target = targets();
        if (tokens.skipOperator("=")) {
            Expression value = expressions.tuple(true);
            endTag();
            return new Statement.Assign(target, value, position);
        }
        Expression value = expressions.filter(new Expression.BlockText(position));
        endTag();
        List<Statement> body = body("'set'", position, "endset");
        closeTag();
        return new Statement.AssignBlock(target, value, body, position);
    }

    private Statement with(Position position) {
        List<Map.Entry<Target, Expression>> assignments = new ArrayList<>();
        while (tokens.current().kind() != Kind.BLOCK_END) {
            if (!assignments.isEmpty()) tokens.expectOperator(",");
            Target target = target();
            tokens.expectOperator("=");
            assignments.add(Map.entry(target, expressions.expression()));
        }
        endTag();
        List<Statement> body = body("'with'", position, "endwith");
        closeTag();
        return new Statement.With(List.copyOf(assignments), body, position);
    }

    private Statement macro(Position position) {
        String name = tokens.expect(Kind.NAME, "the macro's name").text();
        return new Statement.DefineMacro(shape(name, parameters(), "'macro'", "endmacro", position), position);
    }

    private Statement callBlock(Position position) {
        List<MacroShape.Parameter> parameters = tokens.current().isOperator("(") ? parameters() : List.of();
        Expression called = expressions.expression();
        if (!(called instanceof Expression.Call call))
            throw Fault.syntax("a call block needs a call, like {% call name() %}", position);
        return new Statement.CallBlock(shape("caller", parameters, "'call'", "endcall", position), call, position);
    }

    private MacroShape shape(
            String name, List<MacroShape.Parameter> parameters, String opened, String closing, Position position) {
        endTag();
        Set<String> outer = new LinkedHashSet<>(expressions.namesRead());
        expressions.namesRead().clear();
        int outerLoops = loops;
        loops = 0;
        List<Statement> body = body(opened, position, closing);
        loops = outerLoops;
        closeTag();
        Set<String> read = new LinkedHashSet<>(expressions.namesRead());
        expressions.namesRead().addAll(outer);
        return new MacroShape(
                name, parameters, body, read.contains("varargs"), read.contains("kwargs"), read.contains("caller"));
    }

    private List<MacroShape.Parameter> parameters() {
        List<MacroShape.Parameter> parameters = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(")")) break;
            }
            Token name = tokens.expect(Kind.NAME, "a parameter's name");
            Optional<Expression> fallback =
                    tokens.skipOperator("=") ? Optional.of(expressions.expression()) : Optional.empty();
            if (fallback.isEmpty()
                    && !parameters.isEmpty()
                    && parameters.getLast().fallback().isPresent())
                throw Fault.syntax("a parameter without default follows one with default", name.position());
            parameters.add(new MacroShape.Parameter(name.text(), fallback));
        }
        return List.copyOf(parameters);
    }

    private Statement filterBlock(Position position) {
        Expression first = expressions.namedFilter(new Expression.BlockText(position), position);
        Expression value = expressions.filter(first);
        endTag();
        List<Statement> body = body("'filter'", position, "endfilter");
        closeTag();
        return new Statement.FilterBlock(value, body, position);
    }

    /// Read one target, or several with commas.
    private Target targets() {
        Target first = target();
        if (!tokens.current().isOperator(",")) return first;
        List<Target> targets = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")) {
            if (tokens.current().isName("in")
                    || tokens.current().isOperator("=")
                    || tokens.current().isOperator(")")) break;
            targets.add(target());
        }
        return new Target.Several(List.copyOf(targets));
    }

    private Target target() {
        if (tokens.current().isOperator("(") || tokens.current().isOperator("[")) {
            String closing = tokens.next().isOperator("(") ? ")" : "]";
            Target inner = targets();
            tokens.expectOperator(closing);
            return inner;
        }
        Token name = tokens.expect(Kind.NAME, "a name to assign to");
        if (KEYWORDS.contains(name.text()))
            throw Fault.syntax("can't assign to '" + name.text() + "'", name.position());
        if (tokens.skipOperator("."))
            return new Target.Field(
                    name.text(), tokens.expect(Kind.NAME, "a field's name").text());
        return new Target.Variable(name.text());
    }
}
