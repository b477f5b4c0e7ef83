package dev.savile.text;

import java.util.List;
import java.util.Optional;

/// Pass text on until one of the stop strings appears. Text that could still become a stop string is held back, so
/// that no part of one is ever shown.
public final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private Optional<String> matched = Optional.empty();

    /// Watch for the given texts.
    ///
    /// @param stops the texts that end the answer; empty ones are refused
    public StopStrings(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty))
            throw new IllegalArgumentException("an empty stop string would end every answer at once");
        this.stops = List.copyOf(stops);
    }

    /// Take more text and return what may be shown. After a match it returns nothing any more.
    public String add(String text) {
        if (matched.isPresent()) return "";
        held.append(text);
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            boolean better = at >= 0 && (first < 0 || at < first || (at == first && stop.length() > length()));
            if (!better) continue;
            first = at;
            matched = Optional.of(stop);
        }
        if (first >= 0) return release(first);
        return release(held.length() - mayStop());
    }

    /// Return what is held back when the model has ended by itself.
    public String flush() {
        return matched.isPresent() ? "" : release(held.length());
    }

    /// Return the stop string that was found.
    public Optional<String> matched() {
        return matched;
    }

    private int length() {
        return matched.map(String::length).orElse(0);
    }

    /// Count the units at the end that are the beginning of a stop string.
    private int mayStop() {
        int longest = 0;
        for (String stop : stops)
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--)
                if (held.indexOf(stop.substring(0, length), held.length() - length) >= 0) longest = length;
        return longest;
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }
}
