package dev.savile.evaluate.answers;

import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/// Take the label that the text names, when it names exactly one: as whole words, whatever their case. The label is
/// given as it is spelled in the list.
///
/// Longer labels are looked for first, and a place that one of them takes is not looked at again: `card payment` does
/// not name `card`. A hyphen holds words together: `non-spam` does not name `spam`. Negations are not understood.
///
/// @param labels at least one, all different but for case
public record LabelMatchStep(List<String> labels) implements ExtractionStep {
    public LabelMatchStep {
        labels = List.copyOf(labels);
        var seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String label : labels)
            if (label.isBlank() || !seen.add(label.strip()))
                throw new UserError(
                        "extract.step",
                        "label_match has the label '" + label + "'" + (label.isBlank() ? "" : " twice"),
                        "labels are told apart by their words, whatever the case",
                        "give each label a name of its own");
        if (labels.isEmpty())
            throw new UserError(
                    "extract.step",
                    "label_match has no labels",
                    "no text could name one",
                    "list them: label_match: [yes, no]");
    }

    @Override
    public Prediction read(String text) {
        boolean[] taken = new boolean[text.length()];
        List<String> longestFirst = labels.stream()
                .sorted(Comparator.comparingInt((String label) -> -label.strip().length()))
                .toList();
        List<String> found = longestFirst.stream()
                .filter(label -> take(label.strip(), text, taken))
                .toList();
        return switch (found.size()) {
            case 0 -> new Prediction.Unparsed("no label is in it");
            case 1 -> new Prediction.Parsed(found.getFirst());
            default -> new Prediction.Unparsed("several labels are in it");
        };
    }

    /// Mark all places where a label stands; tell whether there is one.
    private static boolean take(String label, String text, boolean[] taken) {
        boolean found = false;
        for (int at = 0; at + label.length() <= text.length(); at++) {
            if (taken[at] || !text.regionMatches(true, at, label, 0, label.length())) continue;
            if (!apart(text, at, label.charAt(0), -1)) continue;
            if (!apart(text, at + label.length() - 1, label.charAt(label.length() - 1), 1)) continue;
            for (int i = at; i < at + label.length(); i++) taken[i] = true;
            found = true;
        }
        return found;
    }

    /// Whether a word ends where a label does.
    ///
    /// @param edge  the label's first or last character, which stands at `at`
    /// @param aside -1 to look before it, 1 to look behind it
    private static boolean apart(String text, int at, char edge, int aside) {
        if (!wordy(edge) || !within(text, at + aside)) return true;
        char next = text.charAt(at + aside);
        if (next == '-') return !(within(text, at + 2 * aside) && wordy(text.charAt(at + 2 * aside)));
        return !wordy(next);
    }

    private static boolean within(String text, int at) {
        return at >= 0 && at < text.length();
    }

    private static boolean wordy(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || Character.isSurrogate(c);
    }

    @Override
    public String name() {
        return "label_match";
    }

    @Override
    public Object plain() {
        return labels;
    }
}
