package dev.savile.text.jinja;

import java.math.BigInteger;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Offer the functions that every chat template may call.
final class Globals {
    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    static void define(Scope scope, Printer printer, Clock clock) {
        function(scope, "range", Globals::range);
        function(scope, "dict", Globals::dictionary);
        function(scope, "namespace", Globals::namespace);
        function(scope, "raise_exception", a -> {
            throw Fault.raised(printer.text(a.only("message").value(0, "message")));
        });
        function(
                scope,
                "strftime_now",
                a -> Value.of(
                        Moment.format(ZonedDateTime.now(clock), a.only("format").text(0, "format"))));
    }

    private static void function(Scope scope, String name, Value.Function body) {
        scope.set(name, new Value.Callable(name, body));
    }

    private static Value range(Arguments arguments) {
        arguments.only("start", "stop", "step");
        boolean single = arguments.positional().size() < 2;
        long start = single ? 0 : arguments.integer(0, "start");
        long stop = arguments.integer(single ? 0 : 1, "stop");
        long step = arguments.integer(2, "step", 1);
        if (step == 0) throw Fault.of("range() arg 3 must not be zero");
        long count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
        if (count > MAX_RANGE) throw Fault.limit("a range of " + count + " numbers");
        List<Value> items = new ArrayList<>();
        for (long i = 0; i < count; i++) items.add(new Value.Int(BigInteger.valueOf(start + i * step)));
        return Value.list(items);
    }

    private static Value dictionary(Arguments arguments) {
        Map<Value, Value> entries = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            Value first = arguments.positional().getFirst();
            if (first instanceof Value.Mapping(var given)) entries.putAll(given);
            else
                for (Value pair : first.items()) {
                    List<Value> two = pair.items();
                    if (two.size() != 2) throw Fault.of("dictionary update sequence element has length " + two.size());
                    entries.put(Containers.key(two.get(0)), two.get(1));
                }
        }
        arguments.named().forEach((name, value) -> entries.put(Value.of(name), value));
        return new Value.Mapping(entries);
    }

    private static Value namespace(Arguments arguments) {
        Value.Namespace namespace = new Value.Namespace();
        Value.Mapping entries = (Value.Mapping) dictionary(arguments);
        entries.entries().forEach((key, value) -> {
            if (!(key instanceof Value.Text(String name))) throw Fault.of("namespace names must be str");
            Evaluator.refusePrivate(name, namespace);
            namespace.fields.put(name, value);
        });
        return namespace;
    }
}
