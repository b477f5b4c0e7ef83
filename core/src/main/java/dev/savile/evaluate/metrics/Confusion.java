package dev.savile.evaluate.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// Count how often each gold label was answered with each label, or with nothing that could be parsed.
///
/// Labels are those of gold and predictions together, sorted.
public final class Confusion {
    private final List<String> labels;
    private final long[][] counts; // [gold][predicted]
    private final long[] unparsed; // [gold]

    private Confusion(List<String> labels, long[][] counts, long[] unparsed) {
        this.labels = labels;
        this.counts = counts;
        this.unparsed = unparsed;
    }

    /// Count predictions against gold labels, item by item.
    public static Confusion of(List<String> gold, List<Prediction> predictions) {
        if (gold.size() != predictions.size())
            throw new IllegalArgumentException(
                    gold.size() + " gold labels, but " + predictions.size() + " predictions");
        List<String> labels = labels(gold, predictions);
        LabelPairs pairs = LabelPairs.of(labels, gold, predictions);
        long[][] counts = new long[labels.size()][labels.size()];
        long[] unparsed = new long[labels.size()];
        for (int i = 0; i < pairs.items(); i++) {
            if (pairs.predicted(i) == LabelPairs.UNPARSED) unparsed[pairs.gold(i)]++;
            else counts[pairs.gold(i)][pairs.predicted(i)]++;
        }
        return new Confusion(labels, counts, unparsed);
    }

    static List<String> labels(List<String> gold, List<Prediction> predictions) {
        TreeSet<String> labels = new TreeSet<>(gold);
        for (Prediction prediction : predictions) {
            switch (prediction) {
                case Prediction.Parsed(String value) -> labels.add(value);
                case Prediction.Unparsed _ -> {}
            }
        }
        return List.copyOf(labels);
    }

    public List<String> labels() {
        return labels;
    }

    /// Return how many items of one gold label were answered with a label, both by their place in [#labels].
    public long count(int gold, int predicted) {
        return counts[gold][predicted];
    }

    /// Return how many items of a gold label had no parsable answer.
    public long unparsed(int gold) {
        return unparsed[gold];
    }

    /// Return how many items had no parsable answer.
    public long unparsed() {
        long sum = 0;
        for (long count : unparsed) sum += count;
        return sum;
    }

    public long items() {
        long sum = 0;
        for (int label = 0; label < labels.size(); label++) sum += support(label);
        return sum;
    }

    /// Return how many items have a gold label.
    public long support(int gold) {
        long sum = unparsed[gold];
        for (long count : counts[gold]) sum += count;
        return sum;
    }

    /// Return how many items were answered with a label.
    public long predicted(int label) {
        long sum = 0;
        for (long[] row : counts) sum += row[label];
        return sum;
    }

    /// Return how many items were answered with their gold label.
    public long correct() {
        long sum = 0;
        for (int label = 0; label < labels.size(); label++) sum += counts[label][label];
        return sum;
    }

    /// Return precision, recall and F1 of every label, each with its interval.
    public List<LabelScore> perLabel() {
        List<LabelScore> scores = new ArrayList<>();
        for (int label = 0; label < labels.size(); label++)
            scores.add(LabelScore.of(labels.get(label), support(label), predicted(label), counts[label][label]));
        return List.copyOf(scores);
    }
}
