package dev.savile.objective;

import dev.savile.engine.Grad;
import dev.savile.engine.Ops;
import dev.savile.engine.Scope;
import dev.savile.engine.Tensor;
import dev.savile.engine.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The output head, run only on rows that have a target, in chunks, with its gradient by formula outside autograd.
///
///     z = h W^T;  logp = z[y] - logsumexp(z);  with row weights g = dLoss/dlogp:
///     dz = g (onehot(y) - softmax(z));  dh = dz W;  dW = dz^T h  (only if the head is trained)
///
/// Logits stand in columns, `z^T = W h^T`, `[vocabulary, rows]`: libraries are a fifth faster on that product. Nothing
/// of that size is divided: `e = exp(z - max)` stays as it is, and `g / sum(e)` is taken in where tensors are small.
///
/// | tensor | shape | dtype |
/// |---|---|---|
/// | `rows` | `[rows, hidden]`, after the final norm | the model's |
/// | `weight` | `[vocabulary, hidden]` | the model's |
///
/// *Cost*: memory of one chunk times the vocabulary, whatever the batch; log-sum-exp and losses in fp32 (fp64 in
/// an fp64 model). *Reference*: plain cross entropy; loss and gradient within 1e-5 in fp32, 1e-10 in fp64.
public final class LogProbHead {
    /// Rows whose logits are held at once.
    public static final int CHUNK_ROWS = 256;

    private LogProbHead() {}

    /// What a pass with gradient gives.
    ///
    /// @param sum            sum of `weight * logp` over the rows
    /// @param rowGradient    gradient with respect to the rows, `[rows, hidden]`
    /// @param weightGradient gradient with respect to the head's weight, fp32; null when the head is not trained
    public record Gradients(
            double sum, Tensor rowGradient, @Nullable Tensor weightGradient) {}

    /// What is known of one target per row without gradient.
    ///
    /// @param logProbs  log-probability of each target
    /// @param likeliest whether no other token is likelier
    public record Predictions(double[] logProbs, boolean[] likeliest) {}

    /// Return the log-probability of one target per row.
    public static double[] logProbs(Tensor rows, Tensor weight, int[] targets) {
        return predictions(rows, weight, targets).logProbs;
    }

    /// Return the log-probability of one target per row, and whether it is the likeliest token.
    public static Predictions predictions(Tensor rows, Tensor weight, int[] targets) {
        double[] result = new double[targets.length];
        boolean[] likeliest = new boolean[targets.length];
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (int from = 0; from < targets.length; from += CHUNK_ROWS) {
                int length = Math.min(CHUNK_ROWS, targets.length - from);
                try (var chunk = Scope.open()) {
                    Tensor z = logits(rows.narrow(0, from, length), weight); // [vocabulary, length]
                    Tensor picked = z.gather(0, ids(targets, from, length, rows).unsqueeze(0)); // [1, length]
                    double[] values = picked.minus(z.logSumExp(0, true)).toDoubles();
                    System.arraycopy(values, 0, result, from, length);
                    double[] behind = z.highest(0, true).minus(picked).toDoubles();
                    for (int i = 0; i < length; i++) likeliest[from + i] = behind[i] <= 0;
                }
            }
        }
        return new Predictions(result, likeliest);
    }

    /// Return the log-probabilities of several targets per row.
    ///
    /// @param pairRows    row of each pair, never falling
    /// @param pairTargets target of each pair
    public static double[] pairLogProbs(Tensor rows, Tensor weight, int[] pairRows, int[] pairTargets) {
        double[] result = new double[pairRows.length];
        int pair = 0;
        try (var scope = Scope.open();
                var off = Grad.off()) {
            for (int from = 0; from < rows.size(0); from += CHUNK_ROWS) {
                int length = (int) Math.min(CHUNK_ROWS, rows.size(0) - from);
                int end = pair;
                while (end < pairRows.length && pairRows[end] < from + length) end++;
                if (end == pair) continue;
                long[] flat = new long[end - pair];
                long[] own = new long[end - pair];
                for (int i = pair; i < end; i++) {
                    own[i - pair] = (long) pairRows[i] - from;
                    flat[i - pair] = (long) pairTargets[i] * length + own[i - pair];
                }
                try (var chunk = Scope.open()) {
                    Tensor z = logits(rows.narrow(0, from, length), weight); // [vocabulary, length]
                    Tensor lse = z.logSumExp(0, false); // [length]
                    Tensor picked = z.reshape(-1)
                            .indexSelect(0, Tensors.of(flat, flat.length).on(z.device()));
                    Tensor base = lse.indexSelect(0, Tensors.of(own, own.length).on(z.device()));
                    double[] values = picked.minus(base).toDoubles();
                    System.arraycopy(values, 0, result, pair, values.length);
                }
                pair = end;
            }
        }
        return result;
    }

    /// Return the weighted sum of log-probabilities and its gradients.
    ///
    /// @param rowWeights  factor of each row's log-probability in the loss (for cross entropy -1 / targets of the
    ///                    step)
    /// @param headTrained whether the gradient of the head's weight is wanted
    public static Gradients gradients(
            Tensor rows, Tensor weight, int[] targets, double[] rowWeights, boolean headTrained) {
        double sum = 0;
        List<Tensor> rowGradients = new ArrayList<>();
        Tensor weightGradient = null;
        try (var off = Grad.off()) {
            for (int from = 0; from < targets.length; from += CHUNK_ROWS) {
                int length = Math.min(CHUNK_ROWS, targets.length - from);
                try (var chunk = Scope.open()) {
                    Tensor h = rows.narrow(0, from, length);
                    Tensor z = logits(h, weight); // [vocabulary, length]
                    Tensor target = ids(targets, from, length, rows); // [length]
                    z.subtractInPlace(z.highest(0, true));
                    Tensor picked = z.gather(0, target.unsqueeze(0)); // [1, length]
                    Tensor e = z.expInPlace();
                    Tensor total = e.sum(0, true); // [1, length]
                    double[] logProbs = picked.minus(total.log()).toDoubles();
                    for (int i = 0; i < length; i++) sum += rowWeights[from + i] * logProbs[i];
                    Tensor g = Tensors.of(java.util.Arrays.copyOfRange(rowWeights, from, from + length), length, 1)
                            .to(z.dtype())
                            .on(z.device());
                    // Both parts of dz are put together before they are narrowed: for a token that is predicted well
                    // they all but cancel.
                    e.scatterAddInPlace(0, target.unsqueeze(0), total.negated());
                    Tensor dz = e.to(weight.dtype()); // [vocabulary, length], in units of -g / sum(e)
                    Tensor share = g.dividedBy(total.transposed()).negated().to(weight.dtype()); // [length, 1]
                    rowGradients.add(chunk.keep(
                            weight.transposed().matmul(dz).transposed().times(share))); // [length, hidden]
                    if (headTrained) weightGradient = chunk.keep(grown(weightGradient, dz, h.times(share)));
                }
            }
            return new Gradients(sum, Tensors.concatenate(rowGradients, 0), weightGradient);
        }
    }

    /// Return the head's gradient with that of a further chunk, in place where it can be: it is as large as the head.
    private static Tensor grown(@Nullable Tensor sum, Tensor dz, Tensor rows) {
        if (sum == null) return dz.matmul(rows).to(dz.dtype().wide());
        return sum.dtype() == dz.dtype()
                ? Ops.addLinearInPlace(sum, dz, rows.transposed(), 1)
                : sum.addInPlace(dz.matmul(rows).to(sum.dtype()));
    }

    private static Tensor ids(int[] targets, int from, int length, Tensor like) {
        return Tensors.of(java.util.Arrays.copyOfRange(targets, from, from + length))
                .on(like.device());
    }

    /// Return the logits of rows, `[vocabulary, rows]`, at least fp32.
    private static Tensor logits(Tensor rows, Tensor weight) {
        Tensor z = weight.matmul(rows.transposed());
        return z.to(z.dtype().wide());
    }
}
