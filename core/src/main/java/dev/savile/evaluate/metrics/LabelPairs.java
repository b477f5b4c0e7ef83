package dev.savile.evaluate.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Hold gold and predicted labels as numbers, so that a statistic can be recomputed thousands of times on
/// resampled items.
final class LabelPairs {
    /// Stands for a prediction that could not be parsed.
    static final int UNPARSED = -1;

    private final int labels;
    private final int[] gold;
    private final int[] predicted;

    private LabelPairs(int labels, int[] gold, int[] predicted) {
        this.labels = labels;
        this.gold = gold;
        this.predicted = predicted;
    }

    static LabelPairs of(List<String> labels, List<String> gold, List<Prediction> predictions) {
        Map<String, Integer> numbers = new HashMap<>(); // looked up only, never iterated
        for (String label : labels) numbers.put(label, numbers.size());
        int[] goldNumbers = new int[gold.size()];
        int[] predictedNumbers = new int[gold.size()];
        for (int i = 0; i < goldNumbers.length; i++) {
            goldNumbers[i] = numbers.getOrDefault(gold.get(i), UNPARSED);
            predictedNumbers[i] = switch (predictions.get(i)) {
                case Prediction.Parsed(String value) -> numbers.getOrDefault(value, UNPARSED);
                case Prediction.Unparsed _ -> UNPARSED;
            };
        }
        return new LabelPairs(labels.size(), goldNumbers, predictedNumbers);
    }

    int items() {
        return gold.length;
    }

    int gold(int item) {
        return gold[item];
    }

    int predicted(int item) {
        return predicted[item];
    }

    /// Count the drawn items.
    Marginals marginals(int[] drawn) {
        Marginals counts = new Marginals(labels);
        for (int item : drawn) counts.add(gold[item], predicted[item], 1);
        return counts;
    }

    /// Compute a statistic without each item in turn.
    double[] leaveOneOut(ToDoubleFunction<Marginals> statistic) {
        Marginals counts = new Marginals(labels);
        for (int item = 0; item < gold.length; item++) counts.add(gold[item], predicted[item], 1);
        double[] without = new double[gold.length];
        for (int item = 0; item < gold.length; item++) {
            counts.add(gold[item], predicted[item], -1);
            without[item] = statistic.applyAsDouble(counts);
            counts.add(gold[item], predicted[item], 1);
        }
        return without;
    }

    /// Hold what macro F1 and the Matthews correlation need of a confusion matrix: its margins and its diagonal.
    static final class Marginals {
        private final long[] support;
        private final long[] predicted;
        private final long[] both;
        private long unparsed;
        private long items;

        private Marginals(int labels) {
            support = new long[labels];
            predicted = new long[labels];
            both = new long[labels];
        }

        private void add(int goldLabel, int predictedLabel, int times) {
            items += times;
            support[goldLabel] += times;
            if (predictedLabel == UNPARSED) {
                unparsed += times;
                return;
            }
            predicted[predictedLabel] += times;
            if (goldLabel == predictedLabel) both[goldLabel] += times;
        }

        /// The plain mean of F1 over the labels that occur in gold or predictions.
        double macroF1() {
            double sum = 0;
            int present = 0;
            for (int label = 0; label < support.length; label++) {
                long total = support[label] + predicted[label];
                if (total == 0) continue;
                present++;
                sum += 2.0 * both[label] / total;
            }
            return present == 0 ? 0 : sum / present;
        }

        /// The Matthews correlation over any number of labels; unparsed answers are a label of their own that no
        /// item has.
        double matthews() {
            double correct = 0;
            double products = 0;
            double supportSquares = 0;
            double predictedSquares = (double) unparsed * unparsed;
            for (int label = 0; label < support.length; label++) {
                correct += both[label];
                products += (double) support[label] * predicted[label];
                supportSquares += (double) support[label] * support[label];
                predictedSquares += (double) predicted[label] * predicted[label];
            }
            double all = (double) items * items;
            double spread = Math.sqrt(all - predictedSquares) * Math.sqrt(all - supportSquares);
            return spread > 0 ? Math.clamp((correct * items - products) / spread, -1, 1) : 0;
        }
    }
}
