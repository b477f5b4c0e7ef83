package dev.savile.forest;

import dev.savile.engine.Tensor;

/// A piece of a row that continues another piece, or starts a tree.
public sealed interface Segment {
    /// The parent of a segment that starts a tree.
    int NO_PARENT = -1;

    /// Number of the segment that this one continues; [#NO_PARENT] for a root.
    int parent();

    /// Number of positions that the segment takes up on its path.
    int length();

    /// Tokens by id.
    ///
    /// @param ids at least one token id
    record Ids(int parent, int[] ids) implements Segment {
        public Ids {
            if (ids.length == 0) throw new IllegalArgumentException("a segment of ids needs at least one token");
            ids = ids.clone();
        }

        @Override
        public int length() {
            return ids.length;
        }
    }

    /// Given vectors in place of embedded tokens: a soft prompt.
    ///
    /// @param vectors `[length, hidden]`
    record Vectors(int parent, Tensor vectors) implements Segment {
        public Vectors {
            if (vectors.dimensions() != 2 || vectors.size(0) < 1)
                throw new IllegalArgumentException("vectors must be [length, hidden], got " + vectors);
        }

        @Override
        public int length() {
            return (int) vectors.size(0);
        }
    }

    /// Keys and values that are there already: a prefix, or a part of a row that was computed before.
    /// Nothing is computed for it; a root or the child of another such segment.
    record Past(int parent, KeyValues keyValues) implements Segment {
        @Override
        public int length() {
            return keyValues.length();
        }
    }
}
