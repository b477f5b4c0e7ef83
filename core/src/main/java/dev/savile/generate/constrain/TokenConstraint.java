package dev.savile.generate.constrain;

import dev.savile.common.UserError;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// Hold answers to the form that an automaton accepts, in the tokens of one vocabulary.
///
/// From every state that can be reached, some sequence of tokens leads to an end: tokens that lead elsewhere are
/// never allowed. What is allowed in a state is found by one walk of the vocabulary and kept; what has not been asked
/// for the longest is forgotten first. Rows may share a constraint, and threads too.
public final class TokenConstraint implements Constraint {
    private static final long KEPT_BYTES = 64 << 20;

    private final Automaton automaton;
    private final Vocabulary vocabulary;
    private final Completion completion;
    private final long mostBytes;
    private final Map<Integer, TokenMask> masks = new LinkedHashMap<>(16, 0.75f, true); // in the order of last use
    private long keptBytes;

    /// @throws UserError `constrain.vocabulary` when no tokens write any text that is accepted;
    ///         `constrain.too-large`
    public TokenConstraint(Automaton automaton, Vocabulary vocabulary) {
        this(automaton, vocabulary, KEPT_BYTES);
    }

    /// @param mostBytes what the masks that are kept may take
    TokenConstraint(Automaton automaton, Vocabulary vocabulary, long mostBytes) {
        this.automaton = automaton;
        this.vocabulary = vocabulary;
        this.mostBytes = mostBytes;
        completion = Completion.of(automaton, vocabulary);
        boolean writable = completion.tokensLeft(Automaton.START) != Completion.NEVER;
        if (!writable || !mask(Automaton.START).any())
            throw new UserError(
                    "constrain.vocabulary",
                    "none of the texts that the constraint allows can be written with the model's tokens",
                    "its vocabulary has no tokens for some of their characters",
                    "allow other characters, or use a model whose tokens include all bytes");
    }

    /// Return how many tokens are enough for a text that is allowed, its end token not counted.
    public int enoughTokens() {
        return completion.tokensLeft(Automaton.START);
    }

    /// Refuse what could not be held to it.
    ///
    /// @param maxTokens  most tokens that may be written
    /// @param ids       number of ids that the model knows
    /// @throws UserError `constrain.max-tokens` when no allowed text is sure to fit
    public void require(int maxTokens, int ids) {
        if (vocabulary.size() > ids)
            throw new IllegalArgumentException(
                    "a constraint on " + vocabulary.size() + " tokens for a model of " + ids);
        if (enoughTokens() > maxTokens)
            throw new UserError(
                    "constrain.max-tokens",
                    "the shortest text that the constraint allows takes " + enoughTokens() + " tokens, " + maxTokens
                            + " may be written",
                    "the answer would end before it is complete",
                    "ask for at least " + enoughTokens() + " tokens");
    }

    /// Begin a row.
    ///
    /// @param maxTokens most tokens that it may have
    /// @param ends      tokens that end it
    public ConstraintWalk walk(int maxTokens, Collection<Integer> ends) {
        for (int end : ends)
            if (vocabulary.contains(end))
                throw new IllegalArgumentException(
                        "the end token " + end + " is text in the constraint's vocabulary; name it when that is built");
        return new ConstraintWalk(this, maxTokens, ends);
    }

    /// Return the tokens that may follow a state so that as many as are left behind them are enough for the rest.
    TokenMask mask(int state, int left) {
        TokenMask mask = mask(state);
        return mask.farthest() <= left ? mask : read(state, left);
    }

    private TokenMask mask(int state) {
        synchronized (masks) {
            TokenMask known = masks.get(state);
            if (known != null) return known;
        }
        TokenMask mask = read(state, Completion.NEVER - 1);
        synchronized (masks) {
            if (masks.put(state, mask) == null) keptBytes += mask.bytes();
            var oldest = masks.values().iterator();
            while (keptBytes > mostBytes && masks.size() > 1) {
                keptBytes -= oldest.next().bytes();
                oldest.remove();
            }
        }
        return mask;
    }

    private TokenMask read(int state, int left) {
        boolean[] allowed = new boolean[vocabulary.size()];
        int[] farthest = {-1};
        vocabulary.walk(automaton, state, (id, after) -> {
            int needed = completion.tokensLeft(after);
            if (needed > left) return;
            allowed[id] = true;
            farthest[0] = Math.max(farthest[0], needed);
        });
        return TokenMask.of(allowed, farthest[0]);
    }

    int after(int state, int token) {
        return automaton.after(state, vocabulary.bytes(token));
    }

    boolean accepts(int state) {
        return automaton.accepts(state);
    }

    boolean goesOn(int state) {
        return automaton.goesOn(state);
    }
}
