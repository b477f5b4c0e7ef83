package dev.savile.forest;

import java.util.ArrayList;
import java.util.List;

/// A forest of segments, laid out for one pass through a model.
///
/// The computed tokens (ids and vectors) of each tree stand together, parents before children, in the order in
/// which segments were added; segments of keys and values take no place among them.
public final class TokenForest {
    private final List<Segment> segments;
    private final int[] start;
    private final int[] position;
    private final int[] root;
    private final int tokens;

    private TokenForest(List<Segment> segments) {
        this.segments = List.copyOf(segments);
        int count = segments.size();
        start = new int[count];
        position = new int[count];
        root = new int[count];
        int offset = 0;
        for (int tree : treeOrder()) {
            Segment segment = segments.get(tree);
            start[tree] = offset;
            if (!(segment instanceof Segment.Past)) offset += segment.length();
        }
        tokens = offset;
    }

    /// Fill `root` and `position`, and return the segments tree by tree.
    private List<Integer> treeOrder() {
        List<List<Integer>> trees = new ArrayList<>();
        int[] treeOf = new int[segments.size()];
        for (int i = 0; i < segments.size(); i++) {
            int parent = segments.get(i).parent();
            if (parent == Segment.NO_PARENT) {
                treeOf[i] = trees.size();
                trees.add(new ArrayList<>());
                root[i] = i;
            } else {
                treeOf[i] = treeOf[parent];
                root[i] = root[parent];
                position[i] = position[parent] + segments.get(parent).length();
            }
            trees.get(treeOf[i]).add(i);
        }
        List<Integer> order = new ArrayList<>();
        trees.forEach(order::addAll);
        return order;
    }

    public static Builder builder() {
        return new Builder();
    }

    /// Make a forest of one row of ids.
    public static TokenForest ofRow(int... ids) {
        var builder = builder();
        builder.ids(Segment.NO_PARENT, ids);
        return builder.build();
    }

    public List<Segment> segments() {
        return segments;
    }

    /// Number of computed tokens.
    public int tokens() {
        return tokens;
    }

    /// Place of a computed token among all computed tokens.
    ///
    /// @param offset counts from the start of the segment
    public int token(int segment, int offset) {
        if (offset < 0 || offset >= segments.get(segment).length())
            throw new IndexOutOfBoundsException("offset " + offset + " in segment " + segment);
        return start[segment] + offset;
    }

    /// Place of a segment's first computed token.
    public int start(int segment) {
        return start[segment];
    }

    /// Position of the segment's first token along its path.
    public int position(int segment) {
        return position[segment];
    }

    /// Number of the segment that starts this segment's tree.
    public int root(int segment) {
        return root[segment];
    }

    /// Positions along the path of all computed tokens.
    public int[] positions() {
        int[] positions = new int[tokens];
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i) instanceof Segment.Past) continue;
            for (int k = 0; k < segments.get(i).length(); k++) positions[start[i] + k] = position[i] + k;
        }
        return positions;
    }

    /// For each computed token the length of the longest path of its tree.
    public int[] treeLengths() {
        int[] longest = new int[segments.size()];
        for (int i = 0; i < segments.size(); i++)
            longest[root[i]] =
                    Math.max(longest[root[i]], position[i] + segments.get(i).length());
        int[] lengths = new int[tokens];
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i) instanceof Segment.Past) continue;
            for (int k = 0; k < segments.get(i).length(); k++) lengths[start[i] + k] = longest[root[i]];
        }
        return lengths;
    }

    /// Collect segments; each call returns the number of the new segment.
    public static final class Builder {
        private final List<Segment> segments = new ArrayList<>();

        private Builder() {}

        public int ids(int parent, int... ids) {
            return add(new Segment.Ids(parent, ids));
        }

        public int vectors(int parent, dev.savile.engine.Tensor vectors) {
            return add(new Segment.Vectors(parent, vectors));
        }

        public int past(int parent, KeyValues keyValues) {
            if (parent != Segment.NO_PARENT && !(segments.get(parent) instanceof Segment.Past))
                throw new IllegalArgumentException("given keys and values can only follow given keys and values");
            return add(new Segment.Past(parent, keyValues));
        }

        private int add(Segment segment) {
            if (segment.parent() < Segment.NO_PARENT || segment.parent() >= segments.size())
                throw new IllegalArgumentException("there is no segment " + segment.parent() + " to continue");
            segments.add(segment);
            return segments.size() - 1;
        }

        public TokenForest build() {
            return new TokenForest(segments);
        }
    }
}
