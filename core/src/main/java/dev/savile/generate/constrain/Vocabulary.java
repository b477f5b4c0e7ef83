package dev.savile.generate.constrain;

import dev.savile.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Hold the bytes of all tokens that are text as a tree, so that beginnings which tokens share are read once.
///
/// The nodes lie in the order of a walk from the root: behind a node its children, each followed by its own. Building
/// it takes a fraction of a second for a large vocabulary; it serves every constraint of a model.
public final class Vocabulary {
    /// The node above all others, which has no bytes.
    static final int ROOT = -1;

    /// No node.
    static final int NONE = -2;

    private final Tokenizer tokenizer;
    private final boolean[] text; // by id: whether it is in the tree
    private final byte[] label; // by node
    private final short[] depth; // by node, 1 for the children of the root
    private final int[] skip; // by node: the next one that is not below it
    private final int[] firstToken; // by node: where its tokens begin in `ids`; those of the next one end them
    private final int[] ids; // in the order of their nodes
    private final int[] rootChild = new int[256];
    private final int deepest;

    /// Take a token that can be read, and the state behind it.
    @FunctionalInterface
    interface Visitor {
        void take(int id, int state);
    }

    private Vocabulary(Tokenizer tokenizer, boolean[] text, int[] sorted, byte[][] bytes) {
        this.tokenizer = tokenizer;
        this.text = text;
        this.ids = sorted;
        int capacity = 0;
        byte[] before = {};
        for (byte[] token : bytes) {
            capacity += token.length - shared(before, token);
            before = token;
        }
        label = new byte[capacity];
        depth = new short[capacity];
        firstToken = new int[capacity + 1];
        deepest = Arrays.stream(bytes).mapToInt(token -> token.length).max().orElse(0);
        int node = 0;
        before = new byte[0];
        for (int i = 0; i < bytes.length; i++) {
            byte[] token = bytes[i];
            for (int at = shared(before, token); at < token.length; at++) {
                label[node] = token[at];
                depth[node] = (short) (at + 1);
                firstToken[node] = i; // nodes on the way to the token hold none: the next one begins at `i`, too
                node++;
            }
            before = token;
        }
        firstToken[capacity] = bytes.length;
        skip = skips();
        Arrays.fill(rootChild, NONE);
        for (int child = 0; child < capacity; child = skip[child]) rootChild[label[child] & 0xFF] = child;
    }

    /// Collect the tokens of a tokenizer that are text: neither special, nor ends of an answer, nor without bytes.
    ///
    /// @param ends ids that end an answer
    public static Vocabulary of(Tokenizer tokenizer, Collection<Integer> ends) {
        int size = tokenizer.vocabularySize();
        byte[][] bytes = new byte[size][];
        boolean[] text = new boolean[size];
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < size; id++) {
            bytes[id] = tokenizer.bytes(id);
            text[id] = bytes[id].length > 0 && bytes[id].length <= Short.MAX_VALUE && !tokenizer.special(id);
            text[id] &= !ends.contains(id);
            if (text[id]) ids.add(id);
        }
        ids.sort(Comparator.comparing((Integer id) -> bytes[id], Arrays::compareUnsigned));
        int[] sorted = ids.stream().mapToInt(Integer::intValue).toArray();
        return new Vocabulary(
                tokenizer,
                text,
                sorted,
                Arrays.stream(sorted).mapToObj(id -> bytes[id]).toArray(byte[][]::new));
    }

    private static int shared(byte[] one, byte[] other) {
        int differs = Arrays.mismatch(one, other);
        return differs < 0 ? one.length : differs;
    }

    private int[] skips() {
        int[] skips = new int[label.length];
        int[] open = new int[deepest + 1]; // by depth: the node whose end is looked for
        int deep = 0;
        for (int node = 0; node < label.length; node++) {
            while (deep >= depth[node]) skips[open[deep--]] = node;
            deep = depth[node];
            open[deep] = node;
        }
        while (deep > 0) skips[open[deep--]] = label.length;
        return skips;
    }

    /// Number of ids, those included that are not in the tree.
    public int size() {
        return text.length;
    }

    /// Tell whether a token is text.
    boolean contains(int id) {
        return id >= 0 && id < text.length && text[id];
    }

    byte[] bytes(int id) {
        return tokenizer.bytes(id);
    }

    /// Visit all tokens that an automaton can read from a state; return the number of nodes seen.
    int walk(Automaton automaton, int state, Visitor visitor) {
        int[] states = new int[deepest + 1]; // by depth
        states[0] = state;
        int seen = 0;
        for (int node = 0; node < label.length; seen++) {
            int deep = depth[node];
            int after = automaton.next(states[deep - 1], label[node] & 0xFF);
            if (after == Automaton.DEAD) {
                node = skip[node];
                continue;
            }
            states[deep] = after;
            for (int i = firstToken[node]; i < firstToken[node + 1]; i++) visitor.take(ids[i], after);
            node++;
        }
        return seen;
    }

    /// Return the node that a byte leads to, or [#NONE].
    int child(int node, int value) {
        if (node == ROOT) return rootChild[value];
        for (int child = node + 1; child < skip[node]; child = skip[child])
            if ((label[child] & 0xFF) == value) return child;
        return NONE;
    }

    /// Tell whether a token ends at a node.
    boolean holdsToken(int node) {
        return firstToken[node] < firstToken[node + 1];
    }
}
