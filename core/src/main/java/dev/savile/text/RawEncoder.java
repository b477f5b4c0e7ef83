package dev.savile.text;

import java.util.Arrays;

/// Encode pairs of prompt and completion that go to the model as they are, without a chat template.
public final class RawEncoder {
    private RawEncoder() {}

    /// Encode a prompt and its completion as two segments, the prompt behind what the tokenizer puts before a text.
    ///
    /// Blanks at the end of the prompt go to the front of the completion: byte-level tokenizers put a blank and
    /// the word behind it into one token, and a prompt that ends in a lone blank makes every continuation unusual.
    ///
    /// @param endToken the text of the token that ends the completion, supervised like the rest; empty for none
    public static EncodedRow encode(Tokenizer tokenizer, String prompt, String completion, String endToken) {
        String kept = prompt(prompt);
        String moved = prompt.substring(kept.length());
        int[] promptIds = tokenizer.encodeFirst(kept);
        int[] completionIds = tokenizer.encodeBehind(moved + completion);
        if (endToken.isEmpty()) return new EncodedRow(promptIds, completionIds);
        int end = tokenizer
                .idOf(endToken)
                .orElseThrow(() -> new IllegalArgumentException("the tokenizer has no token '" + endToken + "'"));
        int[] ended = Arrays.copyOf(completionIds, completionIds.length + 1);
        ended[completionIds.length] = end;
        return new EncodedRow(promptIds, ended);
    }

    /// Encode a prompt alone, exactly as [#encode] does.
    public static int[] promptIds(Tokenizer tokenizer, String prompt) {
        return tokenizer.encodeFirst(prompt(prompt));
    }

    private static String prompt(String prompt) {
        int end = prompt.length();
        while (end > 0 && prompt.charAt(end - 1) == ' ') end--;
        return prompt.substring(0, end);
    }
}
