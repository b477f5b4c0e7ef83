package dev.savile.text.jinja;

import java.util.List;
import java.util.Optional;

/// Hold where a `for` stands: what templates read as `loop`.
final class Loop {
    private final List<Value> items;
    private final int depth;
    private final Optional<Value.Function> recursion;
    private final Operators operators;
    private int index0 = -1;
    private List<Value> lastSeen = List.of();
    private boolean seen;

    Loop(List<Value> items, int depth, Optional<Value.Function> recursion, Operators operators) {
        this.items = items;
        this.depth = depth;
        this.recursion = recursion;
        this.operators = operators;
    }

    boolean advance() {
        return ++index0 < items.size();
    }

    Value item() {
        return items.get(index0);
    }

    int index() {
        return index0 + 1;
    }

    int length() {
        return items.size();
    }

    Value call(Arguments arguments) {
        return recursion
                .orElseThrow(() -> Fault.of("the loop must have the 'recursive' marker to be called"))
                .call(arguments);
    }

    Optional<Value> attribute(String name) {
        return switch (name) {
            case "index" -> Optional.of(Value.of(index()));
            case "index0" -> Optional.of(Value.of(index0));
            case "revindex" -> Optional.of(Value.of(items.size() - index0));
            case "revindex0" -> Optional.of(Value.of(items.size() - index0 - 1L));
            case "first" -> Optional.of(Value.of(index0 == 0));
            case "last" -> Optional.of(Value.of(index0 == items.size() - 1));
            case "length" -> Optional.of(Value.of(items.size()));
            case "depth" -> Optional.of(Value.of(depth));
            case "depth0" -> Optional.of(Value.of(depth - 1L));
            case "previtem" ->
                Optional.of(index0 > 0 ? items.get(index0 - 1) : new Value.Undefined("there is no previous item"));
            case "nextitem" ->
                Optional.of(
                        index0 + 1 < items.size()
                                ? items.get(index0 + 1)
                                : new Value.Undefined("there is no next item"));
            case "cycle" -> Optional.of(new Value.Callable(name, this::cycle));
            case "changed" -> Optional.of(new Value.Callable(name, this::changed));
            default -> Optional.empty();
        };
    }

    private Value cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) throw Fault.of("no items for cycling given");
        return arguments.positional().get(index0 % arguments.positional().size());
    }

    private Value changed(Arguments arguments) {
        List<Value> now = arguments.positional();
        boolean same = seen && operators.equal(Value.tuple(lastSeen), Value.tuple(now));
        lastSeen = now;
        seen = true;
        return Value.of(!same);
    }
}
