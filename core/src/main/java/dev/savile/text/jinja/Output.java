package dev.savile.text.jinja;

import java.util.ArrayList;
import java.util.List;

/// Collect rendered text and where `{% generation %}` blocks lie in it.
final class Output {
    private final Budget budget;
    private final StringBuilder text = new StringBuilder();
    private final List<Span> generations = new ArrayList<>();

    Output(Budget budget) {
        this.budget = budget;
    }

    void write(String part) {
        budget.make(part.length());
        budget.check(text.length() + (long) part.length());
        text.append(part);
    }

    int length() {
        return text.length();
    }

    void generated(int start) {
        generations.add(new Span(start, text.length()));
    }

    String text() {
        return text.toString();
    }

    List<Span> generations() {
        return List.copyOf(generations);
    }
}
