package dev.savile.generate.constrain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Make an automaton deterministic: each of its states stands for the set of states in which the nondeterministic
/// one may be (the subset construction of Rabin and Scott, 1959).
///
/// Bytes that no state tells apart form one class. The number of sets can double with each state, so that states,
/// transitions and steps are limited; the limits count and never look at a clock, so that what is refused on one
/// computer is refused on every other.
final class Determinizer {
    private static final int MAX_STATES = 100_000;
    private static final int MAX_TRANSITIONS = 1 << 23;
    private static final int MAX_STEPS = 20_000_000;

    private final Nfa nfa;
    private final int[] classOf = new int[256];
    private final int classes;

    /// A set of states in rising order.
    private record States(int[] states) {
        @Override
        public boolean equals(Object other) {
            return other instanceof States(int[] others) && Arrays.equals(states, others);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }

    private final Map<States, Integer> numbers = new HashMap<>();
    private final List<States> sets = new ArrayList<>();
    private int[] next = new int[1024];
    private int steps;

    private final int[] entered; // the number of the closure in which a state was last entered
    private final int[] found;
    private final int[] stack;
    private int closures;

    private final int[][] targets; // by class: where the states of the set at hand lead
    private final int[] counts;

    private Determinizer(Nfa nfa) {
        this.nfa = nfa;
        classes = classify();
        entered = new int[nfa.states()];
        found = new int[nfa.states()];
        stack = new int[nfa.states()];
        targets = new int[classes][16];
        counts = new int[classes];
    }

    /// @throws dev.savile.common.UserError `constrain.too-large`
    static Automaton of(Nfa nfa) {
        return new Determinizer(nfa).run();
    }

    private int classify() {
        boolean[] begins = new boolean[257];
        for (int state = 0; state < nfa.states(); state++) {
            if (!nfa.waits(state)) continue;
            begins[nfa.low()[state]] = true;
            begins[nfa.high()[state] + 1] = true;
        }
        int number = 0;
        for (int b = 1; b < 256; b++) {
            if (begins[b]) number++;
            classOf[b] = number;
        }
        return number + 1;
    }

    private Automaton run() {
        number(new int[] {nfa.start()}, 1);
        for (int set = 0; set < sets.size(); set++) expand(set);
        BitSet accepting = new BitSet();
        for (int set = 0; set < sets.size(); set++) if (sets.get(set).states[0] == Nfa.ACCEPT) accepting.set(set);
        return new Automaton(classOf, classes, Arrays.copyOf(next, sets.size() * classes), accepting);
    }

    private void expand(int set) {
        Arrays.fill(counts, 0);
        for (int state : sets.get(set).states) {
            if (!nfa.waits(state)) continue;
            int last = classOf[nfa.high()[state]];
            for (int c = classOf[nfa.low()[state]]; c <= last; c++) lead(c, nfa.target()[state]);
        }
        int row = set * classes;
        if (row + classes > next.length) next = Arrays.copyOf(next, Math.max(2 * next.length, row + classes));
        for (int c = 0; c < classes; c++) {
            if (counts[c] == 0) next[row + c] = Automaton.DEAD;
            else if (c > 0 && leadAlike(c - 1, c)) next[row + c] = next[row + c - 1];
            else next[row + c] = number(targets[c], counts[c]);
        }
    }

    private void lead(int c, int state) {
        step();
        if (counts[c] == targets[c].length) targets[c] = Arrays.copyOf(targets[c], 2 * counts[c]);
        targets[c][counts[c]++] = state;
    }

    private boolean leadAlike(int one, int other) {
        return counts[one] == counts[other]
                && Arrays.equals(targets[one], 0, counts[one], targets[other], 0, counts[other]);
    }

    /// Return the number of the set that is entered with these states.
    private int number(int[] states, int count) {
        closures++;
        int size = 0;
        int open = 0;
        for (int i = 0; i < count; i++) open = enter(states[i], open);
        while (open > 0) {
            int state = stack[--open];
            if (nfa.branches()[state].length == 0) found[size++] = state;
            for (int branch : nfa.branches()[state]) open = enter(branch, open);
        }
        Arrays.sort(found, 0, size);
        var set = new States(Arrays.copyOf(found, size));
        Integer known = numbers.get(set);
        if (known != null) return known;
        int number = sets.size();
        if (number == MAX_STATES || (number + 1) * (long) classes > MAX_TRANSITIONS)
            throw Refusal.tooLarge("the constraint's automaton has more than " + number + " states");
        numbers.put(set, number);
        sets.add(set);
        return number;
    }

    private int enter(int state, int open) {
        step();
        if (entered[state] == closures) return open;
        entered[state] = closures;
        stack[open] = state;
        return open + 1;
    }

    private void step() {
        if (++steps > MAX_STEPS)
            throw Refusal.tooLarge("so much of the constraint may hold at the same time that " + MAX_STEPS
                    + " steps do not suffice to build its automaton");
    }
}
