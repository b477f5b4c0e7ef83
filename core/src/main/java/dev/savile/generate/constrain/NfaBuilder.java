package dev.savile.generate.constrain;

import dev.savile.generate.constrain.Expression.Characters;
import dev.savile.generate.constrain.Expression.Choice;
import dev.savile.generate.constrain.Expression.Joined;
import dev.savile.generate.constrain.Expression.Literal;
import dev.savile.generate.constrain.Expression.Repeat;
import dev.savile.generate.constrain.Expression.Sequence;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Build a nondeterministic automaton of an expression, from its end to its beginning: each part is built knowing
/// the state that follows it.
///
/// Counts are written out, so that the number of states is what an expression costs; building stops at a limit.
/// What follows alternatives, optional parts and separators is there once, so that nested ones do not multiply.
final class NfaBuilder {
    private static final int MAX_STATES = 200_000;
    private static final int[] NONE = {};

    private int[] low = new int[256];
    private int[] high = new int[256];
    private int[] target = new int[256];
    private int[][] branches = new int[256][];
    private int states;

    private NfaBuilder() {}

    /// @throws dev.savile.common.UserError `constrain.too-large`
    static Nfa of(Expression expression) {
        var builder = new NfaBuilder();
        builder.state(1, 0, Nfa.ACCEPT, NONE);
        int start = builder.add(expression, Nfa.ACCEPT);
        return new Nfa(builder.states, builder.low, builder.high, builder.target, builder.branches, start);
    }

    /// Add the states of an expression that is followed by a state; return the one where it begins.
    private int add(Expression expression, int next) {
        return switch (expression) {
            case Characters(CodePoints set) -> characters(set, next);
            case Literal(String text) -> literal(text, next);
            case Sequence(List<Expression> parts) -> {
                int first = next;
                for (Expression part : parts.reversed()) first = add(part, first);
                yield first;
            }
            case Choice(List<Expression> alternatives) ->
                branch(alternatives.stream()
                        .mapToInt(alternative -> add(alternative, next))
                        .toArray());
            case Repeat repeat -> repeat.max() == Expression.UNBOUNDED ? loop(repeat, next) : counted(repeat, next);
            case Joined joined -> joined(joined, next);
        };
    }

    private int literal(String text, int next) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int first = next;
        for (int i = bytes.length - 1; i >= 0; i--) first = await(bytes[i] & 0xFF, bytes[i] & 0xFF, first);
        return first;
    }

    /// Sequences of bytes that end alike share their ends.
    private int characters(CodePoints set, int next) {
        Map<Long, Integer> shared = new HashMap<>();
        int[] firsts = Utf8Ranges.of(set).stream()
                .mapToInt(bytes -> {
                    int first = next;
                    for (int i = bytes.length - 2; i >= 0; i -= 2) {
                        int from = bytes[i];
                        int to = bytes[i + 1];
                        int following = first;
                        long key = ((long) following << 16) | (from << 8) | to;
                        first = shared.computeIfAbsent(key, _ -> await(from, to, following));
                    }
                    return first;
                })
                .distinct()
                .toArray();
        return firsts.length == 1 ? firsts[0] : branch(firsts);
    }

    private int loop(Repeat repeat, int next) {
        int after = branch();
        int item = add(repeat.item(), after);
        int again = add(repeat.separator(), item);
        branches[after] = new int[] {again, next};
        int first = item;
        for (int i = 1; i < repeat.min(); i++) first = add(repeat.item(), add(repeat.separator(), first));
        return repeat.min() == 0 ? branch(first, next) : first;
    }

    private int counted(Repeat repeat, int next) {
        int first = next;
        for (int i = repeat.max(); i >= 1; i--) {
            int after = i == repeat.max() ? next : add(repeat.separator(), first);
            if (i < repeat.max() && i >= repeat.min()) after = branch(after, next);
            first = add(repeat.item(), after);
        }
        return repeat.min() == 0 ? branch(first, next) : first;
    }

    /// Two tracks run to the end: one on which no part has been there yet, and one on which a part needs a separator.
    private int joined(Joined joined, int next) {
        int fresh = next;
        int started = next;
        for (Expression.Part part : joined.parts().reversed()) {
            int first = add(part.expression(), started);
            int separated = add(joined.separator(), first);
            fresh = part.required() ? first : branch(first, fresh);
            started = part.required() ? separated : branch(separated, started);
        }
        return fresh;
    }

    private int await(int from, int to, int next) {
        return state(from, to, next, NONE);
    }

    private int branch(int... into) {
        return state(1, 0, Nfa.ACCEPT, into);
    }

    private int state(int from, int to, int next, int[] into) {
        if (states == MAX_STATES)
            throw Refusal.tooLarge("written out, the constraint has more than " + MAX_STATES + " characters");
        if (states == low.length) {
            low = Arrays.copyOf(low, 2 * states);
            high = Arrays.copyOf(high, 2 * states);
            target = Arrays.copyOf(target, 2 * states);
            branches = Arrays.copyOf(branches, 2 * states);
        }
        low[states] = from;
        high[states] = to;
        target[states] = next;
        branches[states] = into;
        return states++;
    }
}
