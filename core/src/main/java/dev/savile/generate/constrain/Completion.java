package dev.savile.generate.constrain;

import java.util.Arrays;

/// Say for each state of an automaton in how many tokens of a vocabulary a text can be brought to an end.
///
/// Where every byte that is needed is a token by itself, as in all byte-level vocabularies, each state's shortest
/// text in bytes is found by a search from the end, and then the fewest tokens that write this text. That is an upper
/// bound: a longer text may take fewer tokens. Otherwise the steps of all tokens are searched, which is exact and
/// takes a walk of the vocabulary for each state; a state that no sequence of tokens brings to an end is told by
/// [#NEVER].
final class Completion {
    /// More tokens than any answer may have.
    static final int NEVER = Integer.MAX_VALUE;

    private static final int MAX_STEPS = 200_000_000;

    private final int[] tokensLeft;
    private final int[] order; // states in the order in which a search from the end comes to them
    private int reached;

    private Completion(Automaton automaton) {
        tokensLeft = new int[automaton.states()];
        Arrays.fill(tokensLeft, NEVER);
        order = new int[automaton.states()];
    }

    /// @throws dev.savile.common.UserError `constrain.too-large`
    static Completion of(Automaton automaton, Vocabulary vocabulary) {
        var byBytes = new Completion(automaton);
        if (byBytes.byBytes(automaton, vocabulary)) return byBytes;
        var byTokens = new Completion(automaton);
        byTokens.byTokens(automaton, vocabulary);
        return byTokens;
    }

    /// Tokens that are enough to end the text; 0 where it may end, [#NEVER] where it cannot.
    int tokensLeft(int state) {
        return tokensLeft[state];
    }

    /// Tell whether single bytes bring every state to an end.
    private boolean byBytes(Automaton automaton, Vocabulary vocabulary) {
        int states = automaton.states();
        var edges = new Edges(states);
        int[] available = new int[256];
        int count = 0;
        for (int value = 0; value < 256; value++) {
            int node = vocabulary.child(Vocabulary.ROOT, value);
            if (node != Vocabulary.NONE && vocabulary.holdsToken(node)) available[count++] = value;
        }
        for (int state = 0; state < states; state++) {
            int before = Automaton.DEAD;
            for (int i = 0; i < count; i++) {
                int after = automaton.next(state, available[i]);
                if (after != Automaton.DEAD && after != before) edges.add(state, after, available[i]);
                before = after;
            }
        }
        int[] step = search(automaton, edges.reversed());
        if (reached < states) return false;
        for (int state : order)
            if (!automaton.accepts(state)) tokensLeft[state] = shortened(automaton, vocabulary, state, step);
        return true;
    }

    /// Go from a state along its shortest text; return the fewest tokens that write it.
    private int shortened(Automaton automaton, Vocabulary vocabulary, int start, int[] step) {
        int best = NEVER;
        int state = start;
        int node = Vocabulary.ROOT;
        while (!automaton.accepts(state)) {
            node = vocabulary.child(node, step[state]);
            if (node == Vocabulary.NONE) break;
            state = automaton.next(state, step[state]);
            // states nearer to the end have been dealt with
            if (vocabulary.holdsToken(node)) best = Math.min(best, 1 + tokensLeft[state]);
        }
        return best;
    }

    private void byTokens(Automaton automaton, Vocabulary vocabulary) {
        int states = automaton.states();
        var edges = new Edges(states);
        int[] noted = new int[states]; // the last state, plus 1, that was found to lead here
        long seen = 0;
        for (int from = 0; from < states; from++) {
            int start = from;
            seen += vocabulary.walk(automaton, from, (id, after) -> {
                if (noted[after] == start + 1) return;
                noted[after] = start + 1;
                edges.add(start, after, 0);
            });
            if (seen > MAX_STEPS)
                throw Refusal.tooLarge("the vocabulary has no tokens for single bytes, and with " + states
                        + " states all ways through it are too many");
        }
        search(automaton, edges.reversed());
    }

    /// Search from the accepting states against the direction of the edges, breadth first; count the edges in
    /// [#tokensLeft], and return by state the value of the edge that leads on.
    private int[] search(Automaton automaton, Edges.Reversed edges) {
        int[] step = new int[automaton.states()];
        for (int state = 0; state < step.length; state++) {
            if (!automaton.accepts(state)) continue;
            tokensLeft[state] = 0;
            order[reached++] = state;
        }
        for (int next = 0; next < reached; next++) {
            int state = order[next];
            for (int i = edges.begin(state); i < edges.begin(state + 1); i++) {
                int from = edges.from(i);
                if (tokensLeft[from] != NEVER) continue;
                tokensLeft[from] = tokensLeft[state] + 1;
                step[from] = edges.value(i);
                order[reached++] = from;
            }
        }
        return step;
    }
}
