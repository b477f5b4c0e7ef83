package dev.savile.data;

import java.util.List;

/// Rows taken apart by what they may be used for.
///
/// @param train    may be learned from in any way
/// @param select   only chooses between arms
/// @param test     opened once, after the choice
/// @param warnings what the user should know
public record Split(List<LabelledRow> train, List<LabelledRow> select, List<LabelledRow> test, List<String> warnings) {
    public Split {
        train = List.copyOf(train);
        select = List.copyOf(select);
        test = List.copyOf(test);
        warnings = List.copyOf(warnings);
    }
}
