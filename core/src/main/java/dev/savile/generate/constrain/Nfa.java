package dev.savile.generate.constrain;

/// A nondeterministic automaton over bytes.
///
/// A state waits for a byte of a range and goes on to its target, or it has branches and goes on to each of them
/// without a byte. State 0 accepts. From every state it can be reached.
///
/// @param low      first byte that a state waits for; above `high` where it waits for none
/// @param high     last byte that a state waits for
/// @param target   where the byte leads
/// @param branches states that are entered with this one; empty where it waits
record Nfa(int states, int[] low, int[] high, int[] target, int[][] branches, int start) {
    static final int ACCEPT = 0;

    boolean waits(int state) {
        return low[state] <= high[state];
    }
}
