package dev.savile.generate.constrain;

import dev.savile.common.UserError;

/// Say no, in the words of whoever wrote the expression or the schema.
final class Refusal {
    private static final String SYNTAX =
            "supported are characters, ., [a-z], [^a-z], \\d \\w \\s \\p{L} and \\D \\W \\S \\P{L}, groups, |, * + ?"
                    + " {n} {n,} {n,m}, and ^ and $ around the whole";

    private Refusal() {}

    /// Refuse a constraint whose automaton would take too much memory or time.
    static UserError tooLarge(String what) {
        return new UserError(
                "constrain.too-large",
                what,
                "the whole automaton is built before anything is written, and must stay small and quick",
                "use smaller counts, such as {0,100}, leave the upper one away, or nest fewer repetitions");
    }

    /// Refuse a place in a regular expression.
    ///
    /// @param where   what the expression is called
    /// @param at      index of the character at which it breaks
    /// @param problem what stands there
    static UserError regex(String where, String expression, int at, String problem) {
        return regex(where, expression, at, problem, SYNTAX);
    }

    static UserError regex(String where, String expression, int at, String problem, String fix) {
        String rest = at >= expression.length()
                ? "its end"
                : "'" + expression.substring(at, Math.min(expression.length(), at + 12)) + "'";
        return new UserError(
                "constrain.regex",
                where + ", character " + (at + 1) + " (" + rest + "): " + problem,
                "it is made into an automaton that never goes back, which has no form for everything that is written so",
                fix);
    }

    /// Refuse a place in a schema.
    ///
    /// @param path JSON pointer of the place
    static UserError schema(String path, String problem, String fix) {
        return new UserError(
                "constrain.schema",
                path + ": " + problem,
                "an answer must satisfy the whole schema, so nothing in it may be passed over",
                fix);
    }
}
