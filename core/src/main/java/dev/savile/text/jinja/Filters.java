package dev.savile.text.jinja;

import dev.savile.common.Nearest;
import java.util.List;
import java.util.stream.Stream;

/// Apply `value | filter`.
final class Filters {
    /// Every filter that exists.
    static final List<String> NAMES = Stream.of(TextFilters.NAMES, NumberFilters.NAMES, ListFilters.NAMES)
            .flatMap(List::stream)
            .toList();

    private final TextFilters texts;
    private final NumberFilters numbers = new NumberFilters();
    private final ListFilters lists;
    private final Budget budget;

    Filters(Evaluator evaluator, Operators operators, Printer printer, Budget budget) {
        this.texts = new TextFilters(printer, budget);
        this.lists = new ListFilters(evaluator, operators, printer, budget);
        this.budget = budget;
    }

    Value apply(String name, Value value, Arguments arguments) {
        budget.step();
        if (TextFilters.NAMES.contains(name)) return texts.apply(name, value, arguments);
        if (NumberFilters.NAMES.contains(name)) return numbers.apply(name, value, arguments);
        if (ListFilters.NAMES.contains(name)) return lists.apply(name, value, arguments);
        throw Fault.of("No filter named '" + name + "'."
                + Nearest.to(name, NAMES)
                        .map(near -> " Did you mean '" + near + "'?")
                        .orElse(""));
    }
}
