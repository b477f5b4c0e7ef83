package dev.savile.data;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Rows taken apart by what they may be used for.
///
/// @param train    may be learned from in any way
/// @param select   only chooses between arms
/// @param test     opened once, after the choice
/// @param groups   near-duplicates; each group stands in one of the three
/// @param warnings what the user should know
public record Split(
        List<LabelledRow> train, List<LabelledRow> select, TestRows test, Groups groups, List<String> warnings) {
    public Split {
        train = List.copyOf(train);
        select = List.copyOf(select);
        warnings = List.copyOf(warnings);
    }

    /// Labels without a row in TEST, sorted: nothing can be said about them.
    public List<String> untestedLabels() {
        Set<String> labels = new TreeSet<>();
        for (LabelledRow row : train) labels.add(row.label());
        for (LabelledRow row : select) labels.add(row.label());
        labels.removeAll(test.labels().keySet());
        return List.copyOf(labels);
    }

    /// Labels of SELECT or TEST that TRAIN has no row of, sorted: nothing can learn them.
    public List<String> untrainedLabels() {
        Set<String> labels = new TreeSet<>(test.labels().keySet());
        for (LabelledRow row : select) labels.add(row.label());
        Set<String> trained = new LinkedHashSet<>();
        for (LabelledRow row : train) trained.add(row.label());
        List<String> untrained = new ArrayList<>(labels);
        untrained.removeIf(trained::contains);
        return List.copyOf(untrained);
    }
}
