package dev.savile.technique.prompt;

import dev.savile.common.UserError;
import dev.savile.data.Folds;
import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The rows that a model solves by itself, to be worked examples: each is asked with examples from other folds, so
/// that neither it nor a near-duplicate of it is among them.
///
/// Such rows have labels that the model agrees with, and rationales that led it there. They are also the easy ones:
/// the shares by label say how lopsided the pool has become, and only a measurement says whether it helps. *Cost*:
/// one answer for each row. *Origin*: the bootstrapped demonstrations of Khattab et al., "DSPy: compiling declarative
/// language model calls into self-improving pipelines", 2023.
///
/// @param pool    solved rows, sorted by id
/// @param solved  of all rows
/// @param byLabel of the rows of each label
public record CorrectOnly(List<LabelledRow> pool, Share solved, Map<String, Share> byLabel) {
    /// Number of folds.
    public static final int FOLDS = 5;

    public CorrectOnly {
        pool = List.copyOf(pool);
        byLabel = Collections.unmodifiableMap(new TreeMap<>(byLabel));
    }

    /// So many of so many.
    public record Share(int kept, int asked) {
        Share plus(boolean solved) {
            return new Share(kept + (solved ? 1 : 0), asked + 1);
        }

        public double value() {
            return asked == 0 ? 0 : (double) kept / asked;
        }
    }

    /// Answer rows with the help of examples.
    @FunctionalInterface
    public interface Solver {
        /// Return for each question whether the model's answer is right.
        ///
        /// @param examples rows that demos may be chosen from; none of them is a question, or in a question's
        ///                 group
        boolean[] solves(List<LabelledRow> questions, List<LabelledRow> examples);
    }

    /// Ask all rows, fold by fold.
    ///
    /// @throws UserError `prompt.correct-only` when the model solves none
    public static CorrectOnly of(List<LabelledRow> rows, Groups groups, long seed, Solver solver) {
        var folds = Folds.of(rows, groups, FOLDS, seed);
        List<LabelledRow> pool = new ArrayList<>();
        Map<String, Share> byLabel = new TreeMap<>();
        for (int fold = 0; fold < FOLDS; fold++) {
            List<LabelledRow> questions = folds.parts().get(fold);
            if (questions.isEmpty()) continue;
            boolean[] solved = solver.solves(questions, folds.others(fold));
            if (solved.length != questions.size())
                throw new IllegalStateException(solved.length + " answers to " + questions.size() + " questions");
            for (int i = 0; i < solved.length; i++) {
                Share before = byLabel.getOrDefault(questions.get(i).label(), new Share(0, 0));
                byLabel.put(questions.get(i).label(), before.plus(solved[i]));
                if (solved[i]) pool.add(questions.get(i));
            }
        }
        if (pool.isEmpty())
            throw new UserError(
                    "prompt.correct-only",
                    "the model solves none of " + rows.size() + " rows",
                    "no row would be left to be an example",
                    "choose examples from all rows");
        pool.sort(Comparator.comparingInt(LabelledRow::id));
        return new CorrectOnly(pool, new Share(pool.size(), rows.size()), byLabel);
    }
}
