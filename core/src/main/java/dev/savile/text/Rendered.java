package dev.savile.text;

import dev.savile.text.jinja.Span;
import java.util.List;

/// Hold a conversation as text.
///
/// @param text            what the model reads
/// @param generationSpans what the template marks as written by the model, in UTF-16 offsets; empty when it marks
///                        nothing
public record Rendered(String text, List<Span> generationSpans) {
    public Rendered {
        generationSpans = List.copyOf(generationSpans);
    }
}
