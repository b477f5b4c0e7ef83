package dev.savile.objective;

import dev.savile.engine.Grad;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.forest.RowForest;
import dev.savile.forest.TokenForest;
import dev.savile.model.CausalLm;
import dev.savile.model.Lead;
import dev.savile.model.Tuning;
import dev.savile.text.EncodedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Learn the completion of each row: cross entropy of its tokens, normalised over the whole step.
///
///     loss = sum over completion tokens of -log p(token | all before it) / targets of the step
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
    public record Pass(RowForest forest, int[] places, int[] targets) {}

    /// Number of tokens that the rows are trained on.
    public static long targets(List<EncodedRow> rows) {
        return rows.stream().mapToLong(row -> row.completionIds().length).sum();
    }

    /// Arrange rows into passes of at most `forestTokens` computed tokens each (a longer single row makes a pass
    /// of its own).
    ///
    /// @param lead what the tuning puts before every row
    public static List<Pass> passes(List<EncodedRow> rows, Lead lead, int forestTokens) {
        List<EncodedRow> sorted = rows.stream()
                .sorted(Comparator.comparing(EncodedRow::promptIds, Arrays::compare)
                        .thenComparing(EncodedRow::completionIds, Arrays::compare))
                .toList();
        List<Pass> passes = new ArrayList<>();
        List<EncodedRow> group = new ArrayList<>();
        int tokens = 0;
        for (EncodedRow row : sorted) {
            int shared = group.isEmpty() ? 0 : mismatch(group.getLast().promptIds(), row.promptIds());
            int length = row.promptIds().length + row.completionIds().length;
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

    private static int mismatch(int[] a, int[] b) {
        int at = Arrays.mismatch(a, b);
        return at < 0 ? a.length : at;
    }

    /// The last token of a row predicts nothing and is left out.
    private static Pass pass(List<EncodedRow> rows, Lead lead) {
        List<RowForest.Row> forestRows = new ArrayList<>();
        for (EncodedRow row : rows) {
            int[] prompt = row.promptIds();
            int[] ids = Arrays.copyOf(prompt, prompt.length + row.completionIds().length - 1);
            System.arraycopy(row.completionIds(), 0, ids, prompt.length, row.completionIds().length - 1);
            forestRows.add(new RowForest.Row(ids, Math.min(prompt.length, ids.length - 1)));
        }
        var builder = TokenForest.builder();
        RowForest forest = RowForest.after(builder, lead.plant(builder), forestRows);
        List<Integer> places = new ArrayList<>();
        List<Integer> targets = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            int first = rows.get(i).promptIds().length - 1;
            int[] completion = rows.get(i).completionIds();
            for (int k = 0; k < completion.length; k++) {
                places.add(forest.tokens().get(i)[first + k]);
                targets.add(completion[k]);
            }
        }
        return new Pass(
                forest,
                places.stream().mapToInt(Integer::intValue).toArray(),
                targets.stream().mapToInt(Integer::intValue).toArray());
    }

    /// Add the gradients of one pass to those of the trained tensors.
    ///
    /// @param denominator targets of the whole step
    /// @return the pass's share of the loss
    public static double backward(CausalLm model, Tuning tuning, Pass pass, long denominator) {
        try (var scope = Scope.open()) {
            Tensor rows = predicting(model, tuning, pass); // [targets, hidden]
            Tensor head = model.headWeight(tuning); // [vocabulary, hidden]
            double[] weights = new double[pass.targets.length];
            Arrays.fill(weights, -1.0 / denominator);
            boolean headTrained = head.requiresGradient();
            var gradients = LogProbHead.gradients(rows.detach(), head.detach(), pass.targets, weights, headTrained);
            if (rows.requiresGradient()) rows.backward(gradients.rowGradient());
            Tensor weightGradient = gradients.weightGradient();
            if (weightGradient != null) head.backward(weightGradient.to(head.dtype()));
            return gradients.sum();
        }
    }

    /// Return the sum of the negative log-probabilities of one pass, without gradients.
    public static double loss(CausalLm model, Tuning tuning, Pass pass) {
        try (var scope = Scope.open();
                var off = Grad.off()) {
            Tensor rows = predicting(model, tuning, pass);
            double[] logProbs = LogProbHead.logProbs(rows, model.headWeight(tuning), pass.targets);
            return -Arrays.stream(logProbs).sum();
        }
    }

    /// Return the normed hidden values that predict the targets, `[targets, hidden]`.
    private static Tensor predicting(CausalLm model, Tuning tuning, Pass pass) {
        return model.normed(model.forwardAt(pass.forest.forest(), tuning, pass.places), tuning);
    }
}
