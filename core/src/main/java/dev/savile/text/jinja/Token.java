package dev.savile.text.jinja;

/// One piece of a template's source.
///
/// @param text the piece itself; of [Kind#STRING] the value behind quotes and escapes
record Token(Kind kind, String text, Position position) {
    enum Kind {
        DATA,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    String describe() {
        return switch (kind) {
            case END -> "end of template";
            case VARIABLE_END -> "end of print statement";
            case BLOCK_END -> "end of statement block";
            case STRING -> "string";
            case DATA, VARIABLE_BEGIN, BLOCK_BEGIN, NAME, INTEGER, FLOAT, OPERATOR -> text;
        };
    }
}
