package dev.savile.evaluate;

import dev.savile.common.UserError;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The token sequences of all labels as one tree, so that one pass scores them all under a context.
///
/// Each label ends with the token that ends an answer, so no label is the beginning of another. The last token of
/// a label is predicted, never fed.
public final class LabelTrie {
    /// A token that is predicted from a place: the end of the context (`node` -1) or an inner node.
    private record Edge(int node, int token) {}

    /// A run of fed tokens without a branch.
    private record Run(int parent, int[] ids, int firstNode) {}

    private final List<String> labels;
    private final List<int[]> completions;
    private final List<Edge> edges = new ArrayList<>();
    private final int[] edgesByNode;
    private final List<int[]> paths = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private int nodes;

    private static final class Node {
        private final Map<Integer, Node> children = new LinkedHashMap<>();
        private final Map<Integer, Integer> edgeOf = new LinkedHashMap<>();
        private int index = -1;
    }

    /// Build the tree.
    ///
    /// @param labels      names
    /// @param completions token ids of each label's answer, its end included
    /// @throws UserError `labels.same` when two labels have the same tokens
    public LabelTrie(List<String> labels, List<int[]> completions) {
        this.labels = List.copyOf(labels);
        this.completions = List.copyOf(completions);
        var root = new Node();
        for (int i = 0; i < labels.size(); i++) add(root, labels.get(i), completions.get(i));
        number(root);
        collectEdges(root);
        edgesByNode = IntStream.range(0, edges.size())
                .boxed()
                .sorted(Comparator.comparingInt(this::edgeNode)) // equal ones keep their order
                .mapToInt(Integer::intValue)
                .toArray();
        for (int[] completion : completions) paths.add(path(root, completion));
        grow(root, -1);
    }

    private static void add(Node root, String label, int[] ids) {
        if (ids.length == 0) throw new IllegalArgumentException("the label '" + label + "' has no tokens");
        Node node = root;
        boolean fresh = false;
        for (int id : ids) {
            fresh = fresh || !node.children.containsKey(id);
            node = node.children.computeIfAbsent(id, _ -> new Node());
        }
        if (!fresh)
            throw new UserError(
                    "labels.same",
                    "the label '" + label
                            + "' has the same tokens as another label, or begins like one that ends there",
                    "the two could not be told apart",
                    "rename one of them");
    }

    /// Number the inner nodes in the order in which their tokens are fed.
    private void number(Node node) {
        for (Node child : node.children.values()) {
            if (child.children.isEmpty()) continue;
            child.index = nodes++;
            number(child);
        }
    }

    private void collectEdges(Node node) {
        for (int token : node.children.keySet()) {
            node.edgeOf.put(token, edges.size());
            edges.add(new Edge(node.index, token));
        }
        for (Node child : node.children.values()) collectEdges(child);
    }

    private static int[] path(Node root, int[] ids) {
        int[] path = new int[ids.length];
        Node node = root;
        for (int i = 0; i < ids.length; i++) {
            Integer edge = node.edgeOf.get(ids[i]);
            Node child = node.children.get(ids[i]);
            if (edge == null || child == null) throw new IllegalStateException("a label is not in its own tree");
            path[i] = edge;
            node = child;
        }
        return path;
    }

    /// Join unbranched nodes into runs; nodes of a run have consecutive numbers.
    private void grow(Node node, int parentRun) {
        node.children.forEach((token, child) -> {
            if (child.children.isEmpty()) return;
            List<Integer> ids = new ArrayList<>(List.of(token));
            Node last = child;
            while (last.children.size() == 1) {
                Map.Entry<Integer, Node> only =
                        last.children.entrySet().iterator().next();
                if (only.getValue().children.isEmpty()) break;
                ids.add(only.getKey());
                last = only.getValue();
            }
            runs.add(new Run(parentRun, ids.stream().mapToInt(Integer::intValue).toArray(), child.index));
            grow(last, runs.size() - 1);
        });
    }

    public List<String> labels() {
        return labels;
    }

    /// The tree of some of the labels.
    ///
    /// @param chosen their places in the list of labels
    LabelTrie only(List<Integer> chosen) {
        return new LabelTrie(
                chosen.stream().map(labels::get).toList(),
                chosen.stream().map(completions::get).toList());
    }

    /// The tree of the different first tokens of the labels.
    LabelTrie beginnings() {
        int[] first = firstTokens();
        return new LabelTrie(
                Arrays.stream(first).mapToObj(Integer::toString).toList(),
                Arrays.stream(first).mapToObj(id -> new int[] {id}).toList());
    }

    /// The different first tokens, in the order of the labels.
    private int[] firstTokens() {
        return completions.stream().mapToInt(ids -> ids[0]).distinct().toArray();
    }

    /// For each label the place of its first token among the [#beginnings].
    int[] beginningOfEach() {
        int[] first = firstTokens();
        return completions.stream()
                .mapToInt(ids -> {
                    for (int i = 0; i < first.length; i++) if (first[i] == ids[0]) return i;
                    throw new IllegalStateException("a label does not begin with any beginning");
                })
                .toArray();
    }

    /// Number of tokens that are fed for each context.
    public int fedTokens() {
        return nodes;
    }

    /// Number of predicted tokens.
    public int edges() {
        return edges.size();
    }

    /// Edges in the order of the places they are predicted from.
    int[] edgesByNode() {
        return edgesByNode;
    }

    /// Place of an edge: an inner node, or -1 for the end of the context.
    int edgeNode(int edge) {
        return edges.get(edge).node;
    }

    int edgeToken(int edge) {
        return edges.get(edge).token;
    }

    /// Put the tree below a context.
    ///
    /// @return for each inner node the segment and the offset in it, alternating
    int[] attach(TokenForest.Builder builder, int context) {
        if (context == Segment.NO_PARENT) throw new IllegalArgumentException("labels need a context");
        int[] places = new int[2 * nodes];
        int[] segments = new int[runs.size()];
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            segments[i] = builder.ids(run.parent < 0 ? context : segments[run.parent], run.ids);
            for (int k = 0; k < run.ids.length; k++) {
                places[2 * (run.firstNode + k)] = segments[i];
                places[2 * (run.firstNode + k) + 1] = k;
            }
        }
        return places;
    }

    /// Add up the log-probabilities of each label's tokens.
    double[] sums(double[] edgeLogProbs) {
        double[] sums = new double[labels.size()];
        for (int label = 0; label < sums.length; label++)
            for (int edge : paths.get(label)) sums[label] += edgeLogProbs[edge];
        return sums;
    }
}
