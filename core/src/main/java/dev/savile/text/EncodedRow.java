package dev.savile.text;

/// Hold a prompt and what is to follow it, as token ids.
///
/// @param promptIds     the prompt, as it will be at inference
/// @param completionIds what the model is to write, its end included
public record EncodedRow(int[] promptIds, int[] completionIds) {
    public int length() {
        return promptIds.length + completionIds.length;
    }

    /// Return prompt and completion as one sequence.
    public int[] ids() {
        int[] ids = java.util.Arrays.copyOf(promptIds, length());
        System.arraycopy(completionIds, 0, ids, promptIds.length, completionIds.length);
        return ids;
    }
}
