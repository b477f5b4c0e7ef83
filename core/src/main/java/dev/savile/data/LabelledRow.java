package dev.savile.data;

/// A text and the label it should get.
///
/// @param id   number of the row in its data set, from 0
/// @param line line of the file at which the row begins, from 1
public record LabelledRow(int id, String text, String label, long line) {
    LabelledRow withId(int other) {
        return new LabelledRow(other, text, label, line);
    }
}
