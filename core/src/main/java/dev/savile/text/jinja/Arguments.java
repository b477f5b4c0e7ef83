package dev.savile.text.jinja;

import dev.savile.text.jinja.Value.Int;
import dev.savile.text.jinja.Value.Text;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Hold the arguments of one call: those by place and those by name.
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    Arguments {
        positional = List.copyOf(positional);
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    }

    static Arguments of(Value... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /// Refuse more arguments than these, and names other than these.
    Arguments only(String... names) {
        if (positional.size() > names.length)
            throw Fault.of("expected at most " + names.length + " arguments, got " + positional.size());
        List<String> known = List.of(names);
        for (String name : named.keySet())
            if (!known.contains(name)) throw Fault.of("got an unexpected keyword argument '" + name + "'");
        return this;
    }

    boolean has(int index, String name) {
        return positional.size() > index || named.containsKey(name);
    }

    Optional<Value> find(int index, String name) {
        if (positional.size() > index) return Optional.of(positional.get(index));
        return Optional.ofNullable(named.get(name));
    }

    Value value(int index, String name) {
        return find(index, name).orElseThrow(() -> Fault.of("missing argument '" + name + "'"));
    }

    Value value(int index, String name, Value fallback) {
        return find(index, name).orElse(fallback);
    }

    boolean truth(int index, String name, boolean fallback) {
        return find(index, name).map(Value::truth).orElse(fallback);
    }

    String text(int index, String name) {
        if (value(index, name) instanceof Text(String text)) return text;
        throw Fault.of(
                "argument '" + name + "' must be str, not " + value(index, name).typeName());
    }

    String text(int index, String name, String fallback) {
        return has(index, name) ? text(index, name) : fallback;
    }

    int integer(int index, String name) {
        return switch (value(index, name)) {
            case Value.Bool(boolean flag) -> flag ? 1 : 0;
            case Int(var whole) when whole.bitLength() < 32 -> whole.intValue();
            case Int(var whole) -> whole.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
            case Value other -> throw Fault.of("'" + other.typeName() + "' object cannot be interpreted as an integer");
        };
    }

    int integer(int index, String name, int fallback) {
        return has(index, name) ? integer(index, name) : fallback;
    }

    /// Return the arguments behind the first ones.
    Arguments skip(int count) {
        return new Arguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }
}
