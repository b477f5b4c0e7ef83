package dev.savile.evaluate;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.model.CapturedKeyValues;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.objective.LogProbHead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Score all labels under each context: `score(label) = sum of log p(token | context, tokens before it)`, the end
/// of the answer included.
///
/// What all contexts begin with is computed once and kept as keys and values; each context then carries the tree
/// of all labels, so one pass scores every label. *Reference*: one padded batch per context in Hugging Face
/// transformers, 1e-3 on a sum.
public final class LabelScorer {
    private static final int PASS_TOKENS = 512;
    /// A shared beginning shorter than this is computed with each context.
    private static final int MIN_SHARED_TOKENS = 8;

    private final CausalLm model;
    private final LabelTrie trie;

    public LabelScorer(CausalLm model, LabelTrie trie) {
        this.model = model;
        this.trie = trie;
    }

    /// Return the sums, `[contexts][labels]`, in the order given.
    ///
    /// @return fewer rows than contexts only after a stop was requested: contexts not reached are null
    public double[][] scores(List<int[]> contexts, Tuning tuning, Progress.Task task, StopSignal stop) {
        double[][] scores = new double[contexts.size()][];
        if (contexts.isEmpty()) return scores;
        int shared = sharedLength(contexts);
        if (shared < MIN_SHARED_TOKENS) {
            run(contexts, 0, null, tuning, scores, task, stop);
            return scores;
        }
        try (var past = CapturedKeyValues.of(model, tuning, Arrays.copyOf(contexts.getFirst(), shared))) {
            run(contexts, shared, past, tuning, scores, task, stop);
        }
        return scores;
    }

    /// All contexts keep at least their last token, from which the first token of a label is predicted.
    private static int sharedLength(List<int[]> contexts) {
        int[] first = contexts.getFirst();
        int shared = first.length - 1;
        for (int[] context : contexts) {
            int at = Arrays.mismatch(first, context);
            if (at >= 0) shared = Math.min(shared, at);
            shared = Math.min(shared, context.length - 1);
        }
        return shared;
    }

    private void run(
            List<int[]> contexts,
            int shared,
            @org.jspecify.annotations.Nullable CapturedKeyValues past,
            Tuning tuning,
            double[][] scores,
            Progress.Task task,
            StopSignal stop) {
        List<Integer> order = IntStream.range(0, contexts.size())
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> -contexts.get(i).length)
                        .thenComparing(i -> i))
                .toList();
        List<Integer> group = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < order.size(); i++) {
            int own = contexts.get(order.get(i)).length - shared + trie.fedTokens();
            if (!group.isEmpty() && tokens + own > PASS_TOKENS) {
                if (stop.requested()) return;
                pass(contexts, group, shared, past, tuning, scores);
                task.advance(group.size());
                group.clear();
                tokens = 0;
            }
            group.add(order.get(i));
            tokens += own;
        }
        pass(contexts, group, shared, past, tuning, scores);
        task.advance(group.size());
    }

    private void pass(
            List<int[]> contexts,
            List<Integer> group,
            int shared,
            @org.jspecify.annotations.Nullable CapturedKeyValues past,
            Tuning tuning,
            double[][] scores) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            var builder = TokenForest.builder();
            int[] contextSegments = new int[group.size()];
            List<int[]> nodePlaces = new ArrayList<>();
            for (int g = 0; g < group.size(); g++) {
                int[] context = contexts.get(group.get(g));
                int parent = past == null ? Segment.NO_PARENT : builder.past(Segment.NO_PARENT, past);
                contextSegments[g] = builder.ids(parent, Arrays.copyOfRange(context, shared, context.length));
                nodePlaces.add(trie.attach(builder, contextSegments[g]));
            }
            TokenForest forest = builder.build();
            int perContext = 1 + trie.fedTokens();
            int[] places = new int[group.size() * perContext];
            int[] pairRows = new int[group.size() * trie.edges()];
            int[] pairTargets = new int[pairRows.length];
            int[] edgeOrder = edgesByNode();
            for (int g = 0; g < group.size(); g++) {
                int[] context = contexts.get(group.get(g));
                places[g * perContext] = forest.token(contextSegments[g], context.length - shared - 1);
                for (int node = 0; node < trie.fedTokens(); node++)
                    places[g * perContext + 1 + node] =
                            forest.token(nodePlaces.get(g)[2 * node], nodePlaces.get(g)[2 * node + 1]);
                for (int e = 0; e < edgeOrder.length; e++) {
                    pairRows[g * edgeOrder.length + e] = g * perContext + 1 + trie.edgeNode(edgeOrder[e]);
                    pairTargets[g * edgeOrder.length + e] = trie.edgeToken(edgeOrder[e]);
                }
            }
            Tensor hidden = model.forward(forest, tuning);
            Tensor rows = model.normed(hidden.indexSelect(0, Tensors.of(places).on(model.device())), tuning);
            double[] logProbs = LogProbHead.pairLogProbs(rows, model.headWeight(tuning), pairRows, pairTargets);
            for (int g = 0; g < group.size(); g++) {
                double[] own = new double[trie.edges()];
                for (int e = 0; e < edgeOrder.length; e++) own[edgeOrder[e]] = logProbs[g * edgeOrder.length + e];
                scores[group.get(g)] = trie.sums(own);
            }
        }
    }

    /// Edges in the order of the places they are predicted from.
    private int[] edgesByNode() {
        return IntStream.range(0, trie.edges())
                .boxed()
                .sorted(Comparator.comparingInt(trie::edgeNode).thenComparing(e -> e))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
