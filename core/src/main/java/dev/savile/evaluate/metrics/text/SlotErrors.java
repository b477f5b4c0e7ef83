package dev.savile.evaluate.metrics.text;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// What a text says of a meaning made of slots: values are looked up in it, whatever their case.
///
/// @param missing      slots whose value is not in the text
/// @param hallucinated values of the domain that are in the text, though the meaning does not have them
/// @param slots        slots of the meaning
public record SlotErrors(int missing, int hallucinated, int slots) {
    /// @param values values of the meaning's slots
    /// @param domain all values that meanings may have
    public static SlotErrors of(String text, Collection<String> values, Collection<String> domain) {
        String lower = text.toLowerCase(Locale.ROOT);
        List<String> own =
                values.stream().map(value -> value.toLowerCase(Locale.ROOT)).toList();
        int missing = (int) own.stream().filter(value -> !lower.contains(value)).count();
        int hallucinated = (int) domain.stream()
                .map(value -> value.toLowerCase(Locale.ROOT))
                .distinct()
                .filter(value -> !own.contains(value) && lower.contains(value))
                .count();
        return new SlotErrors(missing, hallucinated, own.size());
    }

    /// Add up several texts.
    public static SlotErrors sum(List<SlotErrors> texts) {
        return new SlotErrors(
                texts.stream().mapToInt(SlotErrors::missing).sum(),
                texts.stream().mapToInt(SlotErrors::hallucinated).sum(),
                texts.stream().mapToInt(SlotErrors::slots).sum());
    }

    /// `(missing + hallucinated) / slots`.
    public double rate() {
        if (slots == 0) throw new IllegalArgumentException("a slot error rate needs a slot");
        return (double) (missing + hallucinated) / slots;
    }
}
