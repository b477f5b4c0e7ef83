package dev.savile.generate.constrain;

import dev.savile.generate.constrain.NumberRange.Bound;
import java.util.List;
import java.util.Optional;

/// Read what a schema says about numbers.
final class SchemaNumbers {
    static final List<String> KEYWORDS = List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

    private SchemaNumbers() {}

    static Expression integer(SchemaNode node) {
        return NumberRange.integers(low(node).orElse(Bound.LOWEST), high(node).orElse(Bound.HIGHEST));
    }

    static Expression number(SchemaNode node) {
        Optional<Bound> low = low(node);
        Optional<Bound> high = high(node);
        if (low.isEmpty() && high.isEmpty()) return NumberRange.ANY;
        Bound least = low.orElse(Bound.LOWEST);
        Bound most = high.orElse(Bound.HIGHEST);
        if (!least.whole() || !most.whole())
            throw node.refused(
                    "a number's bounds must be whole, got " + least.value() + " to " + most.value(),
                    "round them outwards, or use the type integer");
        return NumberRange.decimals(least, most);
    }

    private static Optional<Bound> low(SchemaNode node) {
        return bound(node, "minimum", "exclusiveMinimum");
    }

    private static Optional<Bound> high(SchemaNode node) {
        return bound(node, "maximum", "exclusiveMaximum");
    }

    private static Optional<Bound> bound(SchemaNode node, String closed, String open) {
        if (node.has(closed) && node.has(open))
            throw node.child(open).refused("it stands beside " + closed, "leave the wider of the two away");
        return node.number(closed).map(value -> new Bound(value, false)).or(() -> node.number(open)
                .map(value -> new Bound(value, true)));
    }
}
