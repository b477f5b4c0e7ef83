package dev.savile.train;

import dev.savile.technique.Technique;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Learning rates that a technique trains with: its usual one, and the range beyond which it usually learns nothing or
/// falls apart. One rate for all techniques is a known trap: they differ by a factor of a thousand.
///
/// *Source*: the papers of the techniques, and PEFT's comparison of them on MetaMathQA.
///
/// @param usual    on the base at hand
/// @param smallest that is usually worth trying
/// @param largest  the same
public record LearningRates(double usual, double smallest, double largest) {
    /// Up to this many values a base counts as small and takes larger learning rates.
    public static final long SMALL_BASE = 500_000_000;

    /// @param baseValues size of the base in values
    public static LearningRates of(Technique technique, long baseValues) {
        boolean small = baseValues <= SMALL_BASE;
        return switch (technique) {
            case Technique.Prompt() -> throw new IllegalArgumentException("a prompt is not trained");
            case Technique.PromptTuning _ -> new LearningRates(small ? 1e-2 : 1e-3, 1e-3, 3e-2);
            case Technique.PTuning _ -> new LearningRates(small ? 1e-3 : 1e-4, 3e-5, 1e-2);
            case Technique.Prefix _ -> new LearningRates(small ? 1e-2 : 5e-3, 5e-4, 5e-2);
            case Technique.Bottleneck _ -> new LearningRates(small ? 1e-3 : 1e-4, 5e-5, 3e-3);
            case Technique.Lora _ -> new LearningRates(small ? 1e-3 : 2e-4, 5e-5, 5e-3);
            case Technique.Ia3 _ -> new LearningRates(small ? 1e-2 : 1e-3, 3e-4, 3e-2);
            case Technique.Full _ -> new LearningRates(small ? 5e-5 : 1e-5, 1e-6, 5e-4);
            case Technique.Combined(List<Technique> parts) -> {
                List<LearningRates> all =
                        parts.stream().map(part -> of(part, baseValues)).toList();
                yield new LearningRates(
                        all.stream().mapToDouble(LearningRates::usual).min().orElseThrow(),
                        all.stream().mapToDouble(LearningRates::smallest).min().orElseThrow(),
                        all.stream().mapToDouble(LearningRates::largest).max().orElseThrow());
            }
        };
    }

    /// Say so where a rate lies beyond the range.
    public Optional<String> warning(double rate) {
        if (rate >= smallest && rate <= largest) return Optional.empty();
        return Optional.of(String.format(
                Locale.ROOT,
                "the learning rate %s is %s those that this technique usually trains with, %s to %s; usual on this base is %s, and --find-rate suggests one",
                rate,
                rate > largest ? "above" : "below",
                smallest,
                largest,
                usual));
    }
}
