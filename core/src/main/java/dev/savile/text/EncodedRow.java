package dev.savile.text;

import java.util.Arrays;

/// Hold a prompt and what is to follow it, as token ids.
///
/// @param promptIds     the prompt, as it will be at inference
/// @param completionIds what the model is to write, its end included
public record EncodedRow(int[] promptIds, int[] completionIds) implements TrainingRow {
    @Override
    public int length() {
        return promptIds.length + completionIds.length;
    }

    @Override
    public int[] ids() {
        int[] ids = Arrays.copyOf(promptIds, length());
        System.arraycopy(completionIds, 0, ids, promptIds.length, completionIds.length);
        return ids;
    }

    @Override
    public int segment(int place) {
        return place < promptIds.length ? 1 : 2;
    }

    @Override
    public boolean learned(int place) {
        return place >= Math.max(1, promptIds.length);
    }
}
