package dev.savile.text.jinja;

import dev.savile.text.jinja.Value.Int;
import dev.savile.text.jinja.Value.Mapping;
import dev.savile.text.jinja.Value.Sequence;
import dev.savile.text.jinja.Value.Text;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Look into values: items, slices, and the methods of lists and dictionaries.
final class Containers {
    private final Operators operators;
    private final Budget budget;

    Containers(Operators operators, Budget budget) {
        this.operators = operators;
        this.budget = budget;
    }

    /// Return a value as a key, which must not be a list or a dictionary. `true` and `1.0` are the key `1`.
    static Value key(Value value) {
        return switch (value) {
            case Value.Bool _ -> new Int(Operators.whole(value).orElseThrow());
            case Value.Real(double number)
            when number == Math.rint(number) && Math.abs(number) < 1e15 -> Value.of((long) number);
            case Sequence(var kind, var items)
            when kind == Sequence.Kind.TUPLE ->
                Value.tuple(items.stream().map(Containers::key).toList());
            case Value.None _,
                    Value.Undefined _,
                    Int _,
                    Value.Real _,
                    Text _,
                    Value.Callable _,
                    Value.Namespace _,
                    Value.Generated _,
                    Value.LoopState _ -> value;
            case Sequence _, Mapping _, Value.Group _ -> throw Fault.of("unhashable type: '" + value.typeName() + "'");
        };
    }

    /// Return `object[key]`, or empty where Python would raise an error for a missing item.
    Optional<Value> item(Value object, Value key) {
        return switch (object) {
            case Mapping(Map<Value, Value> entries) ->
                key instanceof Sequence(var kind, var _) && kind == Sequence.Kind.LIST
                        ? Optional.empty()
                        : Optional.ofNullable(entries.get(key(key)));
            case Sequence(var kind, var items) when kind.indexable() -> at(items, key);
            case Value.Group group -> at(group.items(), key);
            case Text(String text) -> {
                Optional<BigInteger> index = Operators.whole(key);
                if (index.isEmpty()) yield Optional.empty();
                int length = PythonText.length(text);
                int place = place(index.get(), length);
                if (place < 0) yield Optional.empty();
                yield Optional.of(Value.of(Character.toString(text.codePointAt(text.offsetByCodePoints(0, place)))));
            }
            default -> Optional.empty();
        };
    }

    private static Optional<Value> at(List<Value> items, Value key) {
        return Operators.whole(key)
                .map(index -> place(index, items.size()))
                .filter(place -> place >= 0)
                .map(items::get);
    }

    private static int place(BigInteger index, int length) {
        if (index.bitLength() > 31) return -1;
        long place = index.longValue() < 0 ? index.longValue() + length : index.longValue();
        return place >= 0 && place < length ? (int) place : -1;
    }

    Value slice(Value object, Value start, Value stop, Value step) {
        return switch (object) {
            case Text(String text) -> {
                int[] points = text.codePoints().toArray();
                StringBuilder out = new StringBuilder();
                for (int place : places(points.length, start, stop, step)) out.appendCodePoint(points[place]);
                yield Value.of(out.toString());
            }
            case Sequence(var kind, var items)
            when kind.indexable() -> {
                List<Value> out = new ArrayList<>();
                for (int place : places(items.size(), start, stop, step)) out.add(items.get(place));
                yield new Sequence(kind, out);
            }
            case Value.Group group -> slice(Value.tuple(group.items()), start, stop, step);
            case Value.Undefined(String reason) -> throw Fault.of(reason);
            default -> throw Fault.of("'" + object.typeName() + "' object cannot be sliced");
        };
    }

    private int[] places(int length, Value start, Value stop, Value step) {
        budget.make(length);
        int stride = bound(step, 1);
        if (stride == 0) throw Fault.of("slice step cannot be zero");
        boolean forward = stride > 0;
        int from = clamp(bound(start, forward ? 0 : length - 1), start, length, forward);
        int to = stop == Value.None.NONE ? (forward ? length : -1) : clamp(bound(stop, 0), stop, length, forward);
        List<Integer> places = new ArrayList<>();
        for (long i = from; forward ? i < to : i > to; i += stride) places.add((int) i);
        return places.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int bound(Value value, int fallback) {
        if (value == Value.None.NONE) return fallback;
        return Arguments.of(value).integer(0, "slice index");
    }

    private static int clamp(int given, Value value, int length, boolean forward) {
        if (value == Value.None.NONE) return given;
        long place = given < 0 ? (long) given + length : given;
        int low = forward ? 0 : -1;
        int high = forward ? length : length - 1;
        return (int) Math.max(low, Math.min(high, place));
    }

    Optional<Value> method(Mapping mapping, String name) {
        Map<Value, Value> entries = mapping.entries();
        Value.Function body =
                switch (name) {
                    case "keys" ->
                        a -> {
                            a.only();
                            return new Sequence(Sequence.Kind.KEYS, List.copyOf(entries.keySet()));
                        };
                    case "values" ->
                        a -> {
                            a.only();
                            return new Sequence(Sequence.Kind.VALUES, List.copyOf(entries.values()));
                        };
                    case "items" ->
                        a -> {
                            a.only();
                            return new Sequence(Sequence.Kind.PAIRS, pairs(mapping));
                        };
                    case "get" ->
                        a -> {
                            a.only("key", "default");
                            Value found = entries.get(key(a.value(0, "key")));
                            return found != null ? found : a.value(1, "default", Value.None.NONE);
                        };
                    case "copy" ->
                        a -> {
                            a.only();
                            return mapping;
                        };
                    case "clear", "pop", "popitem", "setdefault", "update" -> throw unsafe(name, mapping);
                    default -> null;
                };
        return body == null ? Optional.empty() : Optional.of(new Value.Callable(name, body));
    }

    static List<Value> pairs(Mapping mapping) {
        List<Value> pairs = new ArrayList<>(mapping.entries().size());
        mapping.entries().forEach((key, value) -> pairs.add(Value.tuple(List.of(key, value))));
        return pairs;
    }

    Optional<Value> method(Sequence sequence, String name) {
        List<Value> items = sequence.items();
        if (!sequence.kind().indexable()) return Optional.empty();
        return switch (name) {
            case "count" ->
                Optional.of(new Value.Callable(name, a -> {
                    Value wanted = a.only("value").value(0, "value");
                    return Value.of(items.stream()
                            .filter(item -> operators.equal(item, wanted))
                            .count());
                }));
            case "index" ->
                Optional.of(new Value.Callable(name, a -> {
                    Value wanted = a.only("value").value(0, "value");
                    for (int i = 0; i < items.size(); i++)
                        if (operators.equal(items.get(i), wanted)) return Value.of(i);
                    throw Fault.of("the value is not in the list");
                }));
            case "copy" -> Optional.of(new Value.Callable(name, _ -> sequence));
            case "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort" ->
                throw unsafe(name, sequence);
            default -> Optional.empty();
        };
    }

    static Fault unsafe(String name, Value value) {
        return Fault.of("access to attribute '" + name + "' of '" + value.typeName() + "' object is unsafe.");
    }
}
