package dev.savile.text;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Shorten a text at its left end, token by token, until what is made of it fits. A cut can join pieces anew, so that
/// the whole is made and looked at each time.
///
/// @param made   of the shortened text
/// @param tokens that were cut off
public record LeftCut<T>(T made, int tokens) {
    /// Find the longest rest of a text that fits.
    ///
    /// @param excess tokens that are too many with the whole text
    /// @return nothing where not even the last token fits
    public static <T> Optional<LeftCut<T>> fit(
            Tokenizer tokenizer, String text, int excess, Function<String, T> make, Predicate<T> fits) {
        int[] starts = tokenizer.encodeWithSpans(text).starts();
        for (int cut = excess; cut < starts.length; cut++) {
            T made = make.apply(text.substring(starts[cut]));
            if (fits.test(made)) return Optional.of(new LeftCut<>(made, cut));
        }
        return Optional.empty();
    }
}
