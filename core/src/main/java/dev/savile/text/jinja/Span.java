package dev.savile.text.jinja;

/// Name a piece of a text by UTF-16 offsets.
///
/// @param start first unit
/// @param end   behind the last unit
public record Span(int start, int end) {
    public Span {
        if (start < 0 || end < start) throw new IllegalArgumentException("no span from " + start + " to " + end);
    }

    /// Tell whether a piece of the text shares at least one unit with this span.
    public boolean meets(int from, int to) {
        return from < end && to > start;
    }
}
