package dev.savile.objective;

import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.RowForest;
import dev.savile.forest.TokenForest;
import dev.savile.model.Activations;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.Tuning;
import dev.savile.text.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Learn tokens of each row, its answer or all of it: cross entropy, normalised over the whole step.
///
///     loss = sum over learned tokens of -log p(token | all before it) / learned tokens of the step
///
/// Rows that begin alike are computed once; their gradients add up. The denominator is fixed before the first pass
/// of a step, so that splitting a step into several passes changes nothing. *Reference*: plain cross entropy over
/// padded rows; 1e-5 in fp32.
public final class SupervisedObjective {
    private SupervisedObjective() {}

    /// Rows of one pass, arranged as a forest.
    ///
    /// @param forest  the rows
    /// @param places  token whose hidden values predict a target
    /// @param targets id to be predicted there
    /// @param owners  number of the row, among those of the pass, that each target belongs to
    public record Pass(RowForest forest, int[] places, int[] targets, int[] owners) {}

    /// Number of tokens that the rows are trained on.
    public static long targets(List<? extends TrainingRow> rows) {
        return rows.stream().mapToLong(TrainingRow::learnedTokens).sum();
    }

    /// A row, its ids at hand.
    private record Given(TrainingRow row, int[] ids) {
        /// Number of leading tokens that other rows may share.
        int sharable() {
            return Math.min(row.firstLearned(), ids.length - 1);
        }
    }

    /// Arrange rows into passes of at most `forestTokens` computed tokens each (a longer single row makes a pass
    /// of its own). Rows that begin alike come together; rows without a token to learn are left out.
    ///
    /// @param lead what the tuning puts before every row
    public static List<Pass> passes(List<? extends TrainingRow> rows, Lead lead, int forestTokens) {
        List<Given> sorted = rows.stream()
                .filter(row -> row.learnedTokens() > 0)
                .map(row -> new Given(row, row.ids()))
                .sorted(Comparator.comparing(Given::ids, Arrays::compare))
                .toList();
        List<Pass> passes = new ArrayList<>();
        List<Given> group = new ArrayList<>();
        int tokens = 0;
        for (Given row : sorted) {
            int shared = group.isEmpty() ? 0 : shared(group.getLast(), row);
            int length = row.ids.length;
            if (!group.isEmpty() && tokens + length - shared > forestTokens) {
                passes.add(pass(group, lead));
                group.clear();
                tokens = 0;
                shared = 0;
            }
            group.add(row);
            tokens += length - shared;
        }
        if (!group.isEmpty()) passes.add(pass(group, lead));
        return passes;
    }

    private static int shared(Given a, Given b) {
        int at = Arrays.mismatch(a.ids, b.ids);
        int most = Math.min(a.sharable(), b.sharable());
        return at < 0 ? most : Math.min(at, most);
    }

    /// What stands behind the last token that is learned predicts nothing and is left out, and so is that token.
    private static Pass pass(List<Given> rows, Lead lead) {
        List<RowForest.Row> forestRows = new ArrayList<>();
        for (Given given : rows) {
            int end = given.ids.length - 1;
            while (!given.row.learned(end)) end--;
            forestRows.add(new RowForest.Row(Arrays.copyOf(given.ids, end), Math.min(given.sharable(), end - 1)));
        }
        var builder = TokenForest.builder();
        RowForest forest = RowForest.after(builder, lead.plant(builder), forestRows);
        var places = IntStream.builder();
        var targets = IntStream.builder();
        var owners = IntStream.builder();
        for (int i = 0; i < rows.size(); i++) {
            Given given = rows.get(i);
            for (int place = 1; place < given.ids.length; place++) {
                if (!given.row.learned(place)) continue;
                places.add(forest.tokens().get(i)[place - 1]);
                targets.add(given.ids[place]);
                owners.add(i);
            }
        }
        return new Pass(
                forest,
                places.build().toArray(),
                targets.build().toArray(),
                owners.build().toArray());
    }

    /// Add the gradients of one pass to those of the trained tensors.
    ///
    /// @param denominator targets of the whole step
    /// @return the pass's share of the loss
    public static double backward(CausalLm model, Tuning tuning, Pass pass, long denominator) {
        return backward(model, tuning, pass, denominator, Activations.KEPT);
    }

    /// Do the same with a say in how the backward pass comes by its values. A loss that is not finite has no gradient:
    /// it is returned, and nothing is added.
    public static double backward(CausalLm model, Tuning tuning, Pass pass, long denominator, Activations activations) {
        try (var scope = Scope.open()) {
            Tensor rows = predicting(model, tuning, pass, activations); // [targets, hidden]
            Tensor head = model.headWeight(tuning); // [vocabulary, hidden]
            double[] weights = new double[pass.targets.length];
            Arrays.fill(weights, -1.0 / denominator);
            boolean headTrained = head.requiresGradient();
            var gradients = LogProbHead.gradients(rows.detach(), head.detach(), pass.targets, weights, headTrained);
            if (!Double.isFinite(gradients.sum())) return gradients.sum();
            if (rows.requiresGradient()) rows.backward(gradients.rowGradient());
            Tensor weightGradient = gradients.weightGradient();
            if (weightGradient != null) head.backward(weightGradient.to(head.dtype()));
            return gradients.sum();
        }
    }

    /// Say how well one pass is predicted, without gradients.
    public static Fit fit(CausalLm model, Tuning tuning, Pass pass) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor rows = predicting(model, tuning, pass, Activations.KEPT);
            var found = LogProbHead.predictions(rows, model.headWeight(tuning), pass.targets);
            int likeliest = 0;
            var missed = new BitSet();
            for (int i = 0; i < pass.targets.length; i++) {
                if (found.likeliest()[i]) likeliest++;
                else missed.set(pass.owners[i]);
            }
            long count = pass.forest.tokens().size();
            return new Fit(
                    -Arrays.stream(found.logProbs()).sum(),
                    pass.targets.length,
                    likeliest,
                    count,
                    count - missed.cardinality());
        }
    }

    /// Return the normed hidden values that predict the targets, `[targets, hidden]`.
    private static Tensor predicting(CausalLm model, Tuning tuning, Pass pass, Activations activations) {
        return model.normed(model.forwardAt(pass.forest.forest(), tuning, activations, pass.places), tuning);
    }
}
