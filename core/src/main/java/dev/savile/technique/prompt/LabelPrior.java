package dev.savile.technique.prompt;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.savile.common.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What a prompt makes a model lean to before there is a message: its label probabilities on inputs without content.
/// Dividing by them takes out the pull of labels that are frequent or near the end of the examples.
///
///     prior = mean of the label distributions, renormalised
///     calibrated p_j = (p_j / prior_j) / sum over k of (p_k / prior_k)
///
/// It belongs to a model, a prompt and its examples in their order: when one of them changes it is measured anew.
/// Label scores must be exact for all labels; a bound in place of an unlikely label's score is no score.
///
/// *Use* with few examples and few labels. *Not* by default: measure it, for it can cost accuracy. *Cost*: three
/// further prompts once (`cc`), nothing more (`batch`). *Paper*: Zhao et al., "Calibrate before use: improving
/// few-shot performance of language models", 2021. *Left out*: a trained scale for each label.
///
/// @param kind   which inputs it was measured on
/// @param labels in the order of the bundle
/// @param shares one per label, adding up to 1
public record LabelPrior(Kind kind, List<String> labels, List<Double> shares) {
    /// Inputs that say nothing.
    public static final List<String> CONTENT_FREE = List.of("N/A", "", "[MASK]");

    /// A smaller share is the rounding of a tail; dividing by it would let an unlikely label win.
    private static final double MIN_SHARE = 1e-6;

    /// Which inputs a prior is measured on.
    public enum Kind {
        /// The inputs of [#CONTENT_FREE].
        CC,
        /// Messages of TRAIN without their labels: right where labels are about equally frequent.
        BATCH;

        /// The name in files.
        @JsonValue
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @throws UserError `prompt.prior` when there is not one positive share for each label
    public LabelPrior {
        labels = List.copyOf(labels);
        shares = List.copyOf(shares);
        double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
        boolean positive = shares.stream().allMatch(share -> share > 0);
        if (labels.isEmpty() || labels.size() != shares.size() || !positive || !(Math.abs(sum - 1) < 1e-6))
            throw new UserError(
                    "prompt.prior",
                    "the prior " + shares + " is no distribution over the " + labels.size() + " labels",
                    "label probabilities are divided by it",
                    "measure it anew with this prompt and model");
    }

    /// Average label distributions, each in the order of the labels.
    public static LabelPrior of(Kind kind, List<String> labels, List<double[]> distributions) {
        if (distributions.isEmpty()) throw new IllegalArgumentException("a prior needs at least one distribution");
        double[] sums = new double[labels.size()];
        for (double[] distribution : distributions) {
            check(labels, distribution);
            for (int j = 0; j < sums.length; j++) sums[j] += distribution[j];
        }
        return new LabelPrior(kind, labels, floored(sums));
    }

    /// Average the distributions that label scores stand for, sums of log-probabilities in nats.
    public static LabelPrior ofScores(Kind kind, List<String> labels, List<double[]> scores) {
        return of(kind, labels, scores.stream().map(LabelPrior::distribution).toList());
    }

    /// Return the probabilities that label scores stand for: `exp(s_j) / sum over k of exp(s_k)`.
    public static double[] distribution(double[] scores) {
        double best = Arrays.stream(scores).max().orElseThrow();
        return normalised(
                Arrays.stream(scores).map(score -> Math.exp(score - best)).toArray());
    }

    /// Return calibrated probabilities.
    public double[] calibrated(double[] probabilities) {
        check(labels, probabilities);
        double[] ratios = new double[probabilities.length];
        for (int j = 0; j < ratios.length; j++) ratios[j] = probabilities[j] / shares.get(j);
        return normalised(ratios);
    }

    /// Return calibrated scores, whose distribution is the calibrated one of the scores' distribution.
    public double[] calibratedScores(double[] scores) {
        check(labels, scores);
        double[] calibrated = new double[scores.length];
        for (int j = 0; j < calibrated.length; j++) calibrated[j] = scores[j] - Math.log(shares.get(j));
        return calibrated;
    }

    /// Refuse other labels than those it was measured for.
    ///
    /// @throws UserError `prompt.prior`
    public void require(List<String> expected) {
        if (!labels.equals(expected))
            throw new UserError(
                    "prompt.prior",
                    "the prior is one of the labels " + labels + ", the prompt has " + expected,
                    "each label is divided by its own share",
                    "measure it anew with this prompt and model");
    }

    private static List<Double> floored(double[] sums) {
        double[] shares = normalised(sums);
        double[] floored =
                Arrays.stream(shares).map(share -> Math.max(share, MIN_SHARE)).toArray();
        return Arrays.stream(normalised(floored)).boxed().toList();
    }

    private static double[] normalised(double[] weights) {
        double sum = Arrays.stream(weights).sum();
        if (!(sum > 0)) // NaN fails too
        throw new IllegalArgumentException("no distribution can be made of " + Arrays.toString(weights));
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }

    private static void check(List<String> labels, double[] values) {
        if (values.length != labels.size())
            throw new IllegalArgumentException(values.length + " values for " + labels.size() + " labels");
    }
}
