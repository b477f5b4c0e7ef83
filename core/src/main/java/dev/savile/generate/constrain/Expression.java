package dev.savile.generate.constrain;

import java.util.ArrayList;
import java.util.List;

/// What texts may look like: the syntax tree that regular expressions and schemas are read into.
///
/// Trees are made by the static methods here. They keep two promises on which the size of everything built from a
/// tree rests: what no text satisfies ([#NOTHING]) stands in no larger tree, and the empty text ([#EMPTY]) stands in
/// none but as an alternative, so that every other part takes at least one state.
sealed interface Expression {
    /// As often as one likes.
    int UNBOUNDED = Integer.MAX_VALUE;

    /// The empty text.
    Expression EMPTY = new Sequence(List.of());

    /// No text at all.
    Expression NOTHING = new Choice(List.of());

    /// One character of a set.
    record Characters(CodePoints set) implements Expression {}

    /// One text.
    record Literal(String text) implements Expression {}

    /// One part behind the other.
    record Sequence(List<Expression> parts) implements Expression {}

    /// One of several.
    record Choice(List<Expression> alternatives) implements Expression {}

    /// The same several times.
    ///
    /// @param min       at least so often
    /// @param max       at most so often, or [#UNBOUNDED]
    /// @param separator stands between two
    record Repeat(Expression item, int min, int max, Expression separator) implements Expression {}

    /// Different parts in a given order, of which some may be left out.
    ///
    /// @param separator stands between any two that are there
    record Joined(List<Part> parts, Expression separator) implements Expression {}

    /// A part of [Joined].
    record Part(Expression expression, boolean required) {}

    static boolean isNothing(Expression expression) {
        return expression instanceof Choice(List<Expression> alternatives) && alternatives.isEmpty();
    }

    static boolean isEmpty(Expression expression) {
        return expression instanceof Sequence(List<Expression> parts) && parts.isEmpty();
    }

    static Expression characters(CodePoints set) {
        return set.isEmpty() ? NOTHING : new Characters(set);
    }

    static Expression text(String text) {
        return text.isEmpty() ? EMPTY : new Literal(text);
    }

    static Expression sequence(Expression... parts) {
        return sequence(List.of(parts));
    }

    static Expression sequence(List<Expression> parts) {
        List<Expression> kept = new ArrayList<>();
        for (Expression part : parts) {
            if (isNothing(part)) return NOTHING;
            if (!isEmpty(part)) kept.add(part);
        }
        return kept.size() == 1 ? kept.getFirst() : new Sequence(List.copyOf(kept));
    }

    static Expression choice(Expression... alternatives) {
        return choice(List.of(alternatives));
    }

    static Expression choice(List<Expression> alternatives) {
        List<Expression> kept = new ArrayList<>();
        boolean empty = false;
        for (Expression alternative : alternatives) {
            if (isNothing(alternative) || (empty && isEmpty(alternative))) continue;
            empty |= isEmpty(alternative);
            kept.add(alternative);
        }
        return kept.size() == 1 ? kept.getFirst() : new Choice(List.copyOf(kept));
    }

    static Expression optional(Expression expression) {
        return choice(expression, EMPTY);
    }

    static Expression repeat(Expression item, int min, int max) {
        return repeat(item, min, max, EMPTY);
    }

    static Expression repeat(Expression item, int min, int max, Expression separator) {
        if (isNothing(item)) return min == 0 ? EMPTY : NOTHING;
        if (max == 0 || (isEmpty(item) && isEmpty(separator))) return EMPTY;
        return min == 1 && max == 1 ? item : new Repeat(item, min, max, separator);
    }

    static Expression joined(List<Part> parts, Expression separator) {
        List<Part> kept = new ArrayList<>();
        for (Part part : parts) {
            if (!isNothing(part.expression())) kept.add(part);
            else if (part.required()) return NOTHING;
        }
        return kept.isEmpty() ? EMPTY : new Joined(List.copyOf(kept), separator);
    }
}
