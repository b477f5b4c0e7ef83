package dev.savile.forest;

import java.util.ArrayList;
import java.util.List;

/// Say how the tokens of a forest attend: as a list of blocks, each a run of tokens that attends within itself and
/// to given keys and values, and to nothing else.
///
/// Chains of equal length become one causal batch, which needs no mask and skips half of the products. Small
/// neighbouring trees are joined under one mask, because calls cost more than the products they save; large ones
/// stay apart, because a dense mask costs the square of its length.
///
/// @param blocks in the order of the tokens; together they cover all of them
public record AttentionPlan(List<Block> blocks) {
    /// Trees are joined under one mask up to this many tokens.
    private static final int JOIN_TOKENS = 96;
    /// A trunk with branches is worth its gathering when it saves this much of a dense mask.
    private static final double DENSE_FACTOR = 0.6;

    public AttentionPlan {
        blocks = List.copyOf(blocks);
    }

    /// A run of tokens and how it attends.
    ///
    /// @param start  first token
    /// @param tokens number of tokens
    /// @param past   given keys and values that stand before the block's own, in order
    public record Block(int start, int tokens, List<KeyValues> past, Pattern pattern) {}

    /// Which keys a query of the block sees.
    public sealed interface Pattern {}

    /// `rows` chains of equal length, each causal, with nothing before them.
    public record Causal(int rows) implements Pattern {}

    /// Every query sees every key: one new token after given keys and values.
    public record Everything() implements Pattern {}

    /// An explicit table.
    ///
    /// @param visible row-major `[tokens, past + tokens]`
    public record Masked(boolean[] visible) implements Pattern {}

    /// A trunk that all branches of one tree continue, after given keys and values that all of them see. The trunk
    /// is causal; every branch sees the trunk and, by a table, itself, and no other branch. Branches are filled up
    /// to one length, so that they make one batch.
    ///
    /// @param trunk    number of tokens of the trunk, which come first in the block; 0 when the branches follow the
    ///                 given keys and values directly
    /// @param branches for each branch its tokens, counted from the start of the block
    /// @param longest  tokens of the longest branch
    /// @param visible  row-major `[branches, longest, longest]`: which tokens of its own branch a query sees
    public record Branches(int trunk, List<int[]> branches, int longest, boolean[] visible) implements Pattern {
        /// Whether the branches stand one behind the other and are equally long, so that nothing must be moved to
        /// batch them.
        public boolean even() {
            int next = trunk;
            for (int[] tokens : branches) {
                if (tokens.length != longest || tokens[0] != next || tokens[longest - 1] != next + longest - 1)
                    return false;
                next += longest;
            }
            return true;
        }

        /// Number of products of a query with a key, half of them skipped in the trunk.
        ///
        /// @param past number of given keys
        double cost(int past) {
            return trunk * (trunk / 2.0 + past) + (double) branches.size() * longest * (past + trunk + longest);
        }
    }

    /// Plan the attention of a forest.
    ///
    /// @param window a token sees itself and the `window - 1` positions before it; 0 for no limit
    public static AttentionPlan of(TokenForest forest, int window) {
        List<Tree> trees = trees(forest);
        List<Block> blocks = new ArrayList<>();
        int i = 0;
        while (i < trees.size()) {
            Tree tree = trees.get(i);
            int next = i + 1;
            if (tree.plainChain(window)) {
                while (next < trees.size()
                        && trees.get(next).plainChain(window)
                        && trees.get(next).tokens == tree.tokens) next++;
            }
            boolean batched = next - i > 1;
            if (!batched && tree.past.isEmpty()) {
                int joined = tree.tokens;
                while (next < trees.size()
                        && trees.get(next).past.isEmpty()
                        && joined + trees.get(next).tokens <= JOIN_TOKENS) {
                    joined += trees.get(next).tokens;
                    next++;
                }
            }
            blocks.add(block(forest, trees.subList(i, next), batched, window));
            i = next;
        }
        return new AttentionPlan(blocks);
    }

    private static Block block(TokenForest forest, List<Tree> trees, boolean batched, int window) {
        Tree first = trees.getFirst();
        int tokens = trees.stream().mapToInt(tree -> tree.tokens).sum();
        List<KeyValues> past = first.past.stream()
                .map(segment -> ((Segment.Past) forest.segments().get(segment)).keyValues())
                .toList();
        if (batched || (trees.size() == 1 && first.plainChain(window)))
            return new Block(first.start, tokens, past, new Causal(trees.size()));
        boolean large = past.isEmpty() || tokens > JOIN_TOKENS; // calls cost more than a small dense mask
        if (trees.size() == 1 && large && window == 0 && first.oneBeginning(forest)) {
            Branches branches = branches(forest, first);
            int given = past.stream().mapToInt(KeyValues::length).sum();
            boolean cheaper = branches.cost(given) < DENSE_FACTOR * tokens * (given + tokens);
            if (!branches.branches.isEmpty() && cheaper) return new Block(first.start, tokens, past, branches);
        }
        if (tokens == 1 && trees.size() == 1 && first.singlePath(forest) && first.within(forest, window))
            return new Block(first.start, tokens, past, new Everything());
        return new Block(first.start, tokens, past, new Masked(visible(forest, trees, tokens, window)));
    }

    /// Take a tree apart into the segments that all others continue, and the sub-trees below them.
    private static Branches branches(TokenForest forest, Tree tree) {
        int root = tree.past.isEmpty() ? Segment.NO_PARENT : tree.past.getLast();
        int trunk = 0;
        int next = 0;
        for (int only = onlyChild(forest, tree, root); only >= 0; only = onlyChild(forest, tree, root)) {
            root = only;
            trunk += forest.segments().get(only).length();
            next++;
        }
        int[] branchOf = new int[forest.segments().size()];
        List<List<Integer>> members = new ArrayList<>();
        for (int segment : tree.computed.subList(next, tree.computed.size())) {
            int parent = forest.segments().get(segment).parent();
            if (parent == root) {
                branchOf[segment] = members.size();
                members.add(new ArrayList<>());
            } else {
                branchOf[segment] = branchOf[parent];
            }
            members.get(branchOf[segment]).add(segment);
        }
        List<int[]> tokens = new ArrayList<>();
        int longest = 0;
        for (List<Integer> branch : members) {
            int[] own = branch.stream()
                    .flatMapToInt(segment -> java.util.stream.IntStream.range(
                            forest.start(segment) - tree.start,
                            forest.start(segment)
                                    - tree.start
                                    + forest.segments().get(segment).length()))
                    .toArray();
            tokens.add(own);
            longest = Math.max(longest, own.length);
        }
        boolean[] visible = new boolean[members.size() * longest * longest];
        for (int b = 0; b < members.size(); b++)
            markBranch(forest, members.get(b), root, visible, b * longest * longest, longest);
        return new Branches(trunk, tokens, longest, visible);
    }

    /// Return the segment that alone continues another; -1 when there is none, or more than one.
    private static int onlyChild(TokenForest forest, Tree tree, int parent) {
        int found = -1;
        for (int segment : tree.computed) {
            if (forest.segments().get(segment).parent() != parent) continue;
            if (found >= 0) return -1;
            found = segment;
        }
        return found;
    }

    private static void markBranch(
            TokenForest forest, List<Integer> segments, int root, boolean[] visible, int table, int longest) {
        int[] offset = new int[forest.segments().size()];
        int next = 0;
        for (int segment : segments) {
            offset[segment] = next;
            int length = forest.segments().get(segment).length();
            for (int k = 0; k < length; k++) {
                int row = table + (next + k) * longest;
                java.util.Arrays.fill(visible, row + next, row + next + k + 1, true);
                for (int up = forest.segments().get(segment).parent();
                        up != root;
                        up = forest.segments().get(up).parent())
                    java.util.Arrays.fill(
                            visible,
                            row + offset[up],
                            row + offset[up] + forest.segments().get(up).length(),
                            true);
            }
            next += length;
        }
    }

    private static boolean[] visible(TokenForest forest, List<Tree> trees, int tokens, int window) {
        Tree first = trees.getFirst();
        int pastLength = first.past.stream()
                .mapToInt(s -> forest.segments().get(s).length())
                .sum();
        int keys = pastLength + tokens;
        boolean[] visible = new boolean[tokens * keys];
        for (Tree tree : trees) {
            for (int segment : tree.computed) {
                int length = forest.segments().get(segment).length();
                for (int k = 0; k < length; k++) {
                    int query = forest.start(segment) + k - first.start;
                    int position = forest.position(segment) + k;
                    mark(
                            visible,
                            query * keys + pastLength - first.start + forest.start(segment),
                            k + 1,
                            position - k,
                            position,
                            window);
                    for (int up = forest.segments().get(segment).parent();
                            up != Segment.NO_PARENT;
                            up = forest.segments().get(up).parent()) {
                        int from = forest.segments().get(up) instanceof Segment.Past
                                ? pastOffset(forest, tree, up)
                                : pastLength + forest.start(up) - first.start;
                        mark(
                                visible,
                                query * keys + from,
                                forest.segments().get(up).length(),
                                forest.position(up),
                                position,
                                window);
                    }
                }
            }
        }
        return visible;
    }

    private static void mark(boolean[] visible, int at, int length, int firstPosition, int query, int window) {
        for (int k = 0; k < length; k++)
            if (window == 0 || query - (firstPosition + k) < window) visible[at + k] = true;
    }

    private static int pastOffset(TokenForest forest, Tree tree, int segment) {
        int offset = 0;
        for (int past : tree.past) {
            if (past == segment) return offset;
            offset += forest.segments().get(past).length();
        }
        throw new IllegalStateException("segment " + segment + " is not in its own tree");
    }

    private static List<Tree> trees(TokenForest forest) {
        List<Tree> trees = new ArrayList<>();
        Tree[] byRoot = new Tree[forest.segments().size()];
        for (int i = 0; i < forest.segments().size(); i++) {
            int root = forest.root(i);
            if (byRoot[root] == null) {
                byRoot[root] = new Tree();
                trees.add(byRoot[root]);
            }
            byRoot[root].add(forest, i);
        }
        trees.removeIf(tree -> tree.tokens == 0);
        return trees;
    }

    /// What one tree consists of.
    private static final class Tree {
        private final List<Integer> past = new ArrayList<>();
        private final List<Integer> computed = new ArrayList<>();
        private int start;
        private int tokens;
        private boolean chain = true;

        void add(TokenForest forest, int segment) {
            boolean given = forest.segments().get(segment) instanceof Segment.Past;
            int parent = forest.segments().get(segment).parent();
            int previous =
                    computed.isEmpty() ? (past.isEmpty() ? Segment.NO_PARENT : past.getLast()) : computed.getLast();
            if (parent != previous) chain = false;
            if (!given) {
                if (computed.isEmpty()) start = forest.start(segment);
                tokens += forest.segments().get(segment).length();
            }
            (given ? past : computed).add(segment);
        }

        boolean plainChain(int window) {
            return chain && past.isEmpty() && (window == 0 || tokens <= window);
        }

        boolean singlePath(TokenForest forest) {
            return chain && forest.segments().get(computed.getFirst()).length() == 1;
        }

        /// Whether all computed segments follow the same given keys and values, which follow one another.
        boolean oneBeginning(TokenForest forest) {
            int end = past.isEmpty() ? Segment.NO_PARENT : past.getLast();
            for (int i = 1; i < past.size(); i++)
                if (forest.segments().get(past.get(i)).parent() != past.get(i - 1)) return false;
            return computed.stream()
                    .map(segment -> forest.segments().get(segment).parent())
                    .allMatch(parent -> parent == end || (parent >= 0 && !past.contains(parent)));
        }

        boolean within(TokenForest forest, int window) {
            return window == 0 || forest.position(computed.getFirst()) < window;
        }
    }
}
