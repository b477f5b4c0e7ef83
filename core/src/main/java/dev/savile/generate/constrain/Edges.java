package dev.savile.generate.constrain;

import java.util.Arrays;

/// Collect the edges of a graph one by one, to read them against their direction.
final class Edges {
    private final int nodes;
    private int[] from = new int[1024];
    private int[] to = new int[1024];
    private short[] values = new short[1024];
    private int count;

    Edges(int nodes) {
        this.nodes = nodes;
    }

    void add(int source, int target, int value) {
        if (count == from.length) {
            from = Arrays.copyOf(from, 2 * count);
            to = Arrays.copyOf(to, 2 * count);
            values = Arrays.copyOf(values, 2 * count);
        }
        from[count] = source;
        to[count] = target;
        values[count++] = (short) value;
    }

    /// The edges that lead to each node, one behind the other.
    ///
    /// @param begins by node, where its edges begin; those of the next one end them
    /// @param froms  by place, where an edge comes from
    /// @param values by place, what the edge carries
    record Reversed(int[] begins, int[] froms, short[] values) {
        int begin(int node) {
            return begins[node];
        }

        int from(int place) {
            return froms[place];
        }

        int value(int place) {
            return values[place];
        }
    }

    Reversed reversed() {
        int[] begins = new int[nodes + 1];
        for (int i = 0; i < count; i++) begins[to[i] + 1]++;
        for (int node = 0; node < nodes; node++) begins[node + 1] += begins[node];
        int[] places = begins.clone();
        int[] froms = new int[count];
        short[] sorted = new short[count];
        for (int i = 0; i < count; i++) {
            int place = places[to[i]]++;
            froms[place] = from[i];
            sorted[place] = values[i];
        }
        return new Reversed(begins, froms, sorted);
    }
}
