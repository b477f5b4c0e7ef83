package dev.savile.generate.constrain;

import dev.savile.common.UserError;
import dev.savile.technique.prompt.AnswerForm;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Tell byte by byte whether a text has the form that was asked for: a deterministic automaton over UTF-8.
///
/// It belongs to no model. From each of its states an accepting one can be reached.
public final class Automaton {
    /// The state behind a byte that must not come.
    static final int DEAD = -1;

    static final int START = 0;

    private final int[] classOf;
    private final int classes;
    private final int[] next; // [states, classes]
    private final BitSet accepting;

    Automaton(int[] classOf, int classes, int[] next, BitSet accepting) {
        this.classOf = classOf;
        this.classes = classes;
        this.next = next;
        this.accepting = accepting;
    }

    /// Accept what a prompt's form says.
    ///
    /// @throws UserError those of the three kinds of form
    public static Automaton of(AnswerForm form) {
        if (form.regex() != null) return regex(form.regex());
        return form.jsonSchema() != null ? jsonSchema(form.jsonSchema()) : choices(form.choices());
    }

    /// Accept one of several texts.
    ///
    /// @throws UserError `constrain.choices` when there are none, or one is empty; `constrain.too-large`
    public static Automaton choices(List<String> texts) {
        if (texts.isEmpty() || texts.contains(""))
            throw new UserError(
                    "constrain.choices",
                    texts.isEmpty() ? "there are no choices" : "one of the choices is empty",
                    "an answer is exactly one of them",
                    "give at least one text");
        for (String text : texts) requireCharacters(text);
        return of(Expression.choice(texts.stream().map(Expression::text).toList()));
    }

    /// Accept the texts that a regular expression matches from their first to their last character.
    ///
    /// @throws UserError `constrain.regex` for what is not supported, with its place; `constrain.too-large`
    public static Automaton regex(String expression) {
        String name = "the expression";
        Expression read = ExpressionParser.whole(name, expression);
        if (Expression.isNothing(read)) throw Refusal.regex(name, expression, 0, "no text matches it");
        Automaton automaton = of(read);
        if (!automaton.goesOn(START)) throw Refusal.regex(name, expression, 0, "only the empty text matches it");
        return automaton;
    }

    /// Accept the JSON texts that a schema describes, in one way of writing them.
    ///
    /// @throws UserError `constrain.schema` for what is not supported, with its path; `constrain.regex` for a
    ///         `pattern`; `constrain.too-large`
    public static Automaton jsonSchema(JsonNode schema) {
        return of(SchemaReader.read(schema));
    }

    private static Automaton of(Expression expression) {
        return Determinizer.of(NfaBuilder.of(expression));
    }

    private static void requireCharacters(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text))
            throw new UserError(
                    "constrain.choices",
                    "a choice holds half of a surrogate pair",
                    "it has no form in UTF-8",
                    "write whole characters");
    }

    /// Tell whether a whole text is accepted.
    public boolean matches(String text) {
        int state = after(START, text.getBytes(StandardCharsets.UTF_8));
        return state != DEAD && accepts(state);
    }

    /// Number of states, by which its cost is told.
    public int states() {
        return next.length / classes;
    }

    /// Return the state behind a byte from 0 to 255, or [#DEAD].
    int next(int state, int value) {
        return next[state * classes + classOf[value]];
    }

    /// Return the state behind several bytes, or [#DEAD].
    int after(int state, byte[] bytes) {
        int at = state;
        for (int i = 0; i < bytes.length && at != DEAD; i++) at = next(at, bytes[i] & 0xFF);
        return at;
    }

    boolean accepts(int state) {
        return accepting.get(state);
    }

    /// Tell whether any byte may follow.
    boolean goesOn(int state) {
        for (int c = 0; c < classes; c++) if (next[state * classes + c] != DEAD) return true;
        return false;
    }
}
