package dev.savile.evaluate;

import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.Segment;
import dev.savile.forest.TokenForest;
import dev.savile.model.CapturedKeyValues;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.objective.LogProbHead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Score labels under contexts: `score(label) = sum of log p(token | context, tokens before it)`, the end of the
/// answer included.
///
/// What all contexts begin with is computed once and kept as keys and values; each context then carries the tree
/// of all labels, so one pass scores every label. *Reference*: one padded batch per context in Hugging Face
/// transformers, 1e-3 on a sum.
public final class LabelScorer {
    private static final int PASS_TOKENS = 512;
    /// A shared beginning shorter than this is computed with each context.
    private static final int MIN_SHARED_TOKENS = 8;
    /// Trees of fewer tokens are scored whole: leaving labels out would cost a pass more than it saves.
    private static final int BIG_TREE = 96;
    /// Contexts that go through the rounds of [#likely] together, so that progress is seen.
    private static final int ROUND_CONTEXTS = 32;
    /// Labels whose first token is within so many nats of the best first token are scored first.
    private static final double NEAR = 3;
    /// Labels that are surely more than so many nats behind are left out: each holds less than one part in three
    /// thousand of the best one's probability.
    private static final double FAR = 8;

    private final CausalLm model;
    private final List<LabelTrie> tries;

    /// Score the same labels under each context.
    public LabelScorer(CausalLm model, LabelTrie trie) {
        this(model, List.of(trie));
    }

    /// Score each context's own labels.
    ///
    /// @param tries one for each context
    public LabelScorer(CausalLm model, List<LabelTrie> tries) {
        this.model = model;
        this.tries = List.copyOf(tries);
    }

    private LabelTrie trie(int context) {
        return tries.size() == 1 ? tries.getFirst() : tries.get(context);
    }

    /// Return the sums, `[contexts][labels]`, in the order given.
    ///
    /// @return fewer rows than contexts only after a stop was requested: contexts not reached are null
    public double[][] scores(List<int[]> contexts, Tuning tuning, Progress.Task task, StopSignal stop) {
        double[][] scores = new double[contexts.size()][];
        if (contexts.isEmpty()) return scores;
        try (var run = new Run(contexts, tuning)) {
            run.whole(scores, task, stop);
        }
        return scores;
    }

    /// Return the sums as [#scores] does, exact for every label that matters: one that is surely more than 8 nats
    /// behind the best gets a bound above its sum instead. With many labels this saves most of the work: after a
    /// look at the first tokens alone few labels are left.
    public double[][] likely(List<int[]> contexts, Tuning tuning, Progress.Task task, StopSignal stop) {
        double[][] scores = new double[contexts.size()][];
        if (contexts.isEmpty()) return scores;
        try (var run = new Run(contexts, tuning)) {
            if (tries.size() > 1 || trie(0).fedTokens() < BIG_TREE) run.whole(scores, task, stop);
            else run.rounds(scores, task, stop);
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
        return shared < MIN_SHARED_TOKENS ? 0 : shared;
    }

    /// A context with the labels that are to be scored under it.
    private record Question(int context, LabelTrie labels) {}

    /// Contexts and what they share.
    private final class Run implements AutoCloseable {
        private final List<int[]> contexts;
        private final Tuning tuning;
        private final int shared;
        private final @Nullable CapturedKeyValues past;

        Run(List<int[]> contexts, Tuning tuning) {
            this.contexts = contexts;
            this.tuning = tuning;
            shared = sharedLength(contexts);
            past = shared == 0 ? null : CapturedKeyValues.of(model, tuning, Arrays.copyOf(contexts.getFirst(), shared));
        }

        void whole(double[][] scores, Progress.Task task, StopSignal stop) {
            List<Question> questions = new ArrayList<>();
            for (int c = 0; c < contexts.size(); c++) questions.add(new Question(c, trie(c)));
            ask(questions, scores, task::advance, stop);
        }

        void rounds(double[][] scores, Progress.Task task, StopSignal stop) {
            LabelTrie trie = trie(0);
            LabelTrie beginnings = trie.beginnings();
            int[] beginningOf = trie.beginningOfEach();
            var always = new StopSignal(); // what was begun is finished
            for (int from = 0; from < contexts.size() && !stop.requested(); from += ROUND_CONTEXTS) {
                int to = Math.min(contexts.size(), from + ROUND_CONTEXTS);
                double[][] first = new double[contexts.size()][];
                List<Question> questions = new ArrayList<>();
                for (int c = from; c < to; c++) questions.add(new Question(c, beginnings));
                ask(questions, first, _ -> {}, always);
                Map<Integer, Hopes> hopes = new LinkedHashMap<>();
                for (int c = from; c < to; c++) hopes.put(c, new Hopes(first[c], beginningOf));
                for (boolean again = true; again; ) {
                    Map<Integer, List<Integer>> chosen = new LinkedHashMap<>();
                    questions.clear();
                    hopes.forEach((c, hope) -> {
                        List<Integer> labels = hope.next();
                        if (labels.isEmpty()) return;
                        chosen.put(c, labels);
                        questions.add(new Question(c, trie.only(labels)));
                    });
                    double[][] sums = new double[contexts.size()][];
                    ask(questions, sums, _ -> {}, always);
                    chosen.forEach(
                            (c, labels) -> Objects.requireNonNull(hopes.get(c)).scored(labels, sums[c]));
                    again = !questions.isEmpty();
                }
                hopes.forEach((c, hope) -> scores[c] = hope.scores);
                task.advance(to - from);
            }
        }

        /// Pack questions into passes, the longest first.
        private void ask(List<Question> questions, double[][] scores, IntConsumer done, StopSignal stop) {
            List<Question> order = questions.stream()
                    .sorted(Comparator.comparingInt((Question q) -> -tokens(q)).thenComparingInt(Question::context))
                    .toList();
            List<Question> group = new ArrayList<>();
            int tokens = 0;
            for (Question question : order) {
                if (!group.isEmpty() && tokens + tokens(question) > PASS_TOKENS) {
                    if (stop.requested()) return;
                    pass(group, scores);
                    done.accept(group.size());
                    group.clear();
                    tokens = 0;
                }
                group.add(question);
                tokens += tokens(question);
            }
            if (group.isEmpty()) return;
            pass(group, scores);
            done.accept(group.size());
        }

        private int tokens(Question question) {
            return contexts.get(question.context).length - shared + question.labels.fedTokens();
        }

        private void pass(List<Question> group, double[][] scores) {
            try (var scope = Scope.open();
                    var off = Grad.off()) {
                var builder = TokenForest.builder();
                int[] contextSegments = new int[group.size()];
                List<int[]> nodePlaces = new ArrayList<>();
                for (int g = 0; g < group.size(); g++) {
                    int[] context = contexts.get(group.get(g).context);
                    int parent = past == null ? tuning.lead().plant(builder) : builder.past(Segment.NO_PARENT, past);
                    contextSegments[g] = builder.ids(parent, Arrays.copyOfRange(context, shared, context.length));
                    nodePlaces.add(group.get(g).labels.attach(builder, contextSegments[g]));
                }
                TokenForest forest = builder.build();
                var places = IntStream.builder();
                var pairRows = IntStream.builder();
                var pairTargets = IntStream.builder();
                int row = 0;
                for (int g = 0; g < group.size(); g++) {
                    LabelTrie labels = group.get(g).labels;
                    int ownTokens = contexts.get(group.get(g).context).length - shared;
                    places.add(forest.token(contextSegments[g], ownTokens - 1));
                    int[] nodes = nodePlaces.get(g);
                    for (int node = 0; node < labels.fedTokens(); node++)
                        places.add(forest.token(nodes[2 * node], nodes[2 * node + 1]));
                    for (int edge : labels.edgesByNode()) {
                        pairRows.add(row + 1 + labels.edgeNode(edge));
                        pairTargets.add(labels.edgeToken(edge));
                    }
                    row += 1 + labels.fedTokens();
                }
                Tensor rows = model.normed(
                        model.forwardAt(forest, tuning, places.build().toArray()), tuning);
                double[] logProbs = LogProbHead.pairLogProbs(
                        rows,
                        model.headWeight(tuning),
                        pairRows.build().toArray(),
                        pairTargets.build().toArray());
                int pair = 0;
                for (Question question : group) {
                    double[] own = new double[question.labels.edges()];
                    for (int edge : question.labels.edgesByNode()) own[edge] = logProbs[pair++];
                    scores[question.context] = question.labels.sums(own);
                }
            }
        }

        @Override
        public void close() {
            if (past != null) past.close();
        }
    }

    /// What is known of the labels under one context: the sum, or a bound above it.
    private static final class Hopes {
        final double[] scores;
        private final boolean[] exact;
        private double best = Double.NEGATIVE_INFINITY;

        /// @param first log-probabilities of the beginnings
        Hopes(double[] first, int[] beginningOf) {
            scores = Arrays.stream(beginningOf).mapToDouble(b -> first[b]).toArray();
            exact = new boolean[scores.length];
        }

        /// Labels to be scored now: those with the best beginnings, then whatever could still come near the best.
        List<Integer> next() {
            double bound = best == Double.NEGATIVE_INFINITY
                    ? Arrays.stream(scores).max().orElseThrow() - NEAR
                    : best - FAR;
            return IntStream.range(0, scores.length)
                    .filter(label -> !exact[label] && scores[label] >= bound)
                    .boxed()
                    .toList();
        }

        void scored(List<Integer> labels, double[] sums) {
            for (int i = 0; i < labels.size(); i++) {
                scores[labels.get(i)] = sums[i];
                exact[labels.get(i)] = true;
                best = Math.max(best, sums[i]);
            }
        }
    }
}
