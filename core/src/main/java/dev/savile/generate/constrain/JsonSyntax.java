package dev.savile.generate.constrain;

import dev.savile.generate.constrain.Expression.Characters;
import dev.savile.generate.constrain.Expression.Choice;
import dev.savile.generate.constrain.Expression.Joined;
import dev.savile.generate.constrain.Expression.Literal;
import dev.savile.generate.constrain.Expression.Part;
import dev.savile.generate.constrain.Expression.Repeat;
import dev.savile.generate.constrain.Expression.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Know how JSON is written.
///
/// Each string has one form: characters stand for themselves, and only `"`, `\` and five control characters are
/// escaped, by their letters. Other control characters are never written. Blanks may stand where people and models
/// put them: one behind `:` and `,`, or a line end with an indent, which is bounded so that no answer is lost in it.
final class JsonSyntax {
    private static final int MAX_INDENT = 16;

    private static final Map<Integer, String> ESCAPES = new LinkedHashMap<>();

    static {
        ESCAPES.put((int) '"', "\\\"");
        ESCAPES.put((int) '\\', "\\\\");
        ESCAPES.put((int) '\b', "\\b");
        ESCAPES.put((int) '\t', "\\t");
        ESCAPES.put((int) '\n', "\\n");
        ESCAPES.put((int) '\f', "\\f");
        ESCAPES.put((int) '\r', "\\r");
    }

    private static final CodePoints VERBATIM =
            CodePoints.of(0, 0x1F, '"', '"', '\\', '\\').complement();

    private static final CodePoints CHARACTERS = VERBATIM.union(escaped());

    /// A character of a string, before it is escaped.
    static final Expression CHARACTER = Expression.characters(CHARACTERS);

    private static final Expression BLANK = Expression.optional(Expression.text(" "));

    private static final Expression SPACE = Expression.choice(
            Expression.EMPTY,
            Expression.text(" "),
            Expression.sequence(Expression.text("\n"), Expression.repeat(Expression.text(" "), 0, MAX_INDENT)));

    private static final Expression COMMA = Expression.sequence(Expression.text(","), SPACE);

    private JsonSyntax() {}

    private static CodePoints escaped() {
        CodePoints set = CodePoints.of();
        for (int point : ESCAPES.keySet()) set = set.union(CodePoints.of(point, point));
        return set;
    }

    /// Tell whether all characters of a text can stand in a string.
    static boolean writes(String text) {
        return text.codePoints().allMatch(CHARACTERS::contains);
    }

    /// Write strings whose characters an expression describes.
    static Expression string(Expression characters) {
        Expression quote = Expression.text("\"");
        return Expression.sequence(quote, escape(characters), quote);
    }

    private static Expression escape(Expression expression) {
        return switch (expression) {
            case Characters(CodePoints set) -> escape(set);
            case Literal(String text) ->
                Expression.sequence(text.codePoints()
                        .mapToObj(point -> escape(CodePoints.of(point, point)))
                        .toList());
            case Sequence(List<Expression> parts) ->
                Expression.sequence(parts.stream().map(JsonSyntax::escape).toList());
            case Choice(List<Expression> alternatives) ->
                Expression.choice(alternatives.stream().map(JsonSyntax::escape).toList());
            case Repeat(Expression item, int min, int max, Expression separator) ->
                Expression.repeat(escape(item), min, max, escape(separator));
            case Joined(List<Part> parts, Expression separator) ->
                Expression.joined(
                        parts.stream()
                                .map(part -> new Part(escape(part.expression()), part.required()))
                                .toList(),
                        escape(separator));
        };
    }

    private static Expression escape(CodePoints set) {
        List<Expression> forms = new ArrayList<>();
        forms.add(Expression.characters(set.minus(VERBATIM.complement())));
        ESCAPES.forEach((point, form) -> {
            if (set.contains(point)) forms.add(Expression.text(form));
        });
        return Expression.choice(forms);
    }

    /// Write an object whose members stand in the given order.
    static Expression object(List<Part> members) {
        return Expression.sequence(
                Expression.text("{"), SPACE, Expression.joined(members, COMMA), SPACE, Expression.text("}"));
    }

    static Expression member(String name, Expression value) {
        return Expression.sequence(string(Expression.text(name)), Expression.text(":"), BLANK, value);
    }

    static Expression array(Expression item, int min, int max) {
        return Expression.sequence(
                Expression.text("["), SPACE, Expression.repeat(item, min, max, COMMA), SPACE, Expression.text("]"));
    }
}
