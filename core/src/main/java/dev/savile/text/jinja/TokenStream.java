package dev.savile.text.jinja;

import dev.savile.text.jinja.Token.Kind;
import java.util.List;

/// Walk over the tokens of a template.
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token ahead() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (at < tokens.size() - 1) at++;
        return token;
    }

    boolean skipOperator(String operator) {
        if (!current().isOperator(operator)) return false;
        next();
        return true;
    }

    boolean skipName(String name) {
        if (!current().isName(name)) return false;
        next();
        return true;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) throw unexpected("'" + operator + "'");
    }

    void expectName(String name) {
        if (!skipName(name)) throw unexpected("'" + name + "'");
    }

    Token expect(Kind kind, String what) {
        if (current().kind() != kind) throw unexpected(what);
        return next();
    }

    Fault unexpected(String expected) {
        return Fault.syntax(
                "unexpected '" + current().describe() + "', expected " + expected,
                current().position());
    }
}
