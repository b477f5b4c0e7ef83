package dev.savile.technique.prompt;

import dev.savile.data.Groups;
import dev.savile.data.LabelledRow;

/// A text that worked examples are wanted for, with what tells it from the examples.
///
/// @param id    number of its row in the data set; [#NO_ROW] for a text from outside
/// @param group group of near-duplicates of its row; [#NO_ROW] for a text from outside
public record QueryItem(int id, int group, String text) {
    /// No row has this number.
    public static final int NO_ROW = Integer.MIN_VALUE;

    /// Ask for a row of the data set.
    public static QueryItem of(LabelledRow row, Groups groups) {
        return new QueryItem(row.id(), groups.of(row), row.text());
    }

    /// Ask for a text from outside, such as a message to answer.
    public static QueryItem of(String text) {
        return new QueryItem(NO_ROW, NO_ROW, text);
    }
}
