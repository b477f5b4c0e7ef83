package dev.savile.evaluate.task;

import java.util.List;

/// What a system made of one item.
///
/// @param id             of the item
/// @param input          the question as the task words it
/// @param references     answers that count as right
/// @param prompt         the prompt as the model got it, with the template's marks
/// @param output         what was written; the label or choice for answers by probability
/// @param answer         what was read off it; empty where nothing could be read
/// @param unparsed       why nothing could be read; empty where something was
/// @param credit         by the primary metric, 0 to 1
/// @param probability    of the answer among all labels or choices; 0 for written answers
/// @param promptTokens   of the prompt
/// @param writtenTokens  of all answers drawn
/// @param samples        answers drawn
/// @param cutAtLength    whether the answer ended because it was too long
/// @param demosRequested worked examples asked for
/// @param demosKept      worked examples in the prompt
/// @param cutTokens      tokens of the question that were cut away
/// @param group          of the item; empty where it stands alone
/// @param failed         why the item could not be asked; empty where it was
public record ItemResult(
        int id,
        String input,
        List<String> references,
        String prompt,
        String output,
        String answer,
        String unparsed,
        double credit,
        double probability,
        int promptTokens,
        int writtenTokens,
        int samples,
        boolean cutAtLength,
        int demosRequested,
        int demosKept,
        int cutTokens,
        String group,
        String failed) {
    public ItemResult {
        references = List.copyOf(references);
    }

    public boolean right() {
        return credit >= 1;
    }

    /// What it answered, or in parentheses why there is no answer, with what was written instead.
    public String said() {
        if (!failed.isEmpty()) return "(" + failed + ")";
        return unparsed.isEmpty() ? answer : "(" + unparsed + ") " + output;
    }
}
