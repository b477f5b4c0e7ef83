package dev.savile.text.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Hold one value of the template language. All but [Namespace] and [Generated] never change.
sealed interface Value {
    /// Python's `None`.
    enum None implements Value {
        NONE
    }

    /// What a missing name or key gives: prints as nothing, is false, and fails when anything more is asked of it.
    record Undefined(String reason) implements Value {}

    record Bool(boolean value) implements Value {
        static final Bool TRUE = new Bool(true);
        static final Bool FALSE = new Bool(false);
    }

    record Int(BigInteger value) implements Value {}

    record Real(double value) implements Value {}

    record Text(String value) implements Value {}

    /// A list, a tuple or a view of a mapping.
    record Sequence(Kind kind, List<Value> items) implements Value {
        enum Kind {
            LIST("list", "[", "]"),
            TUPLE("tuple", "(", ")"),
            KEYS("dict_keys", "dict_keys([", "])"),
            VALUES("dict_values", "dict_values([", "])"),
            PAIRS("dict_items", "dict_items([", "])");

            final String typeName;
            final String open;
            final String close;

            Kind(String typeName, String open, String close) {
                this.typeName = typeName;
                this.open = open;
                this.close = close;
            }

            boolean indexable() {
                return this == LIST || this == TUPLE;
            }
        }

        public Sequence {
            items = Collections.unmodifiableList(items);
        }
    }

    /// A dictionary in the order of insertion.
    record Mapping(Map<Value, Value> entries) implements Value {
        public Mapping {
            entries = Collections.unmodifiableMap(entries);
        }
    }

    /// What filters such as `map` and `select` give: always true, without length, and empty after the first pass.
    final class Generated implements Value, Iterator<Value> {
        private final Iterator<Value> source;

        Generated(List<Value> items) {
            source = items.iterator();
        }

        @Override
        public boolean hasNext() {
            return source.hasNext();
        }

        @Override
        public Value next() {
            if (!source.hasNext()) throw new NoSuchElementException();
            return source.next();
        }
    }

    /// One group of `groupby`: a pair whose parts also have names.
    record Group(Value grouper, Value list) implements Value {}

    /// The one thing a template can change: `{% set ns.found = true %}`.
    final class Namespace implements Value {
        final Map<String, Value> fields = new LinkedHashMap<>();
    }

    /// A function, method or macro; macros also have attributes.
    record Callable(String name, Map<String, Value> attributes, Function body) implements Value {
        Callable(String name, Function body) {
            this(name, Map.of(), body);
        }
    }

    /// The `loop` of a `for`.
    record LoopState(Loop loop) implements Value {}

    /// Do what a call asks.
    @FunctionalInterface
    interface Function {
        Value call(Arguments arguments);
    }

    static Value of(boolean value) {
        return value ? Bool.TRUE : Bool.FALSE;
    }

    static Value of(long value) {
        return new Int(BigInteger.valueOf(value));
    }

    static Value of(String value) {
        return new Text(value);
    }

    static Value list(List<Value> items) {
        return new Sequence(Sequence.Kind.LIST, items);
    }

    static Value tuple(List<Value> items) {
        return new Sequence(Sequence.Kind.TUPLE, items);
    }

    static Value ofOptional(Optional<Value> value, String reason) {
        return value.orElseGet(() -> new Undefined(reason));
    }

    /// Take over plain data: null, Boolean, whole and floating numbers, String, List, Map with text keys.
    static Value ofData(@Nullable Object data) {
        return switch (data) {
            case null -> None.NONE;
            case Value value -> value;
            case String text -> of(text);
            case Boolean flag -> of(flag.booleanValue());
            case BigInteger whole -> new Int(whole);
            case Double number -> new Real(number);
            case Float number -> new Real(number);
            case Number number -> of(number.longValue());
            case List<?> list -> {
                List<Value> items = new ArrayList<>(list.size());
                for (Object item : list) items.add(ofData(item));
                yield list(items);
            }
            case Map<?, ?> map -> {
                Map<Value, Value> entries = new LinkedHashMap<>();
                map.forEach((key, item) -> entries.put(of(String.valueOf(key)), ofData(item)));
                yield new Mapping(entries);
            }
            default -> throw new IllegalArgumentException("no template value for " + data.getClass());
        };
    }

    /// Name the type as Python does, for messages.
    default String typeName() {
        return switch (this) {
            case None _ -> "NoneType";
            case Undefined _ -> "Undefined";
            case Bool _ -> "bool";
            case Int _ -> "int";
            case Real _ -> "float";
            case Text _ -> "str";
            case Sequence sequence -> sequence.kind().typeName;
            case Mapping _ -> "dict";
            case Generated _ -> "generator";
            case Group _ -> "tuple";
            case Namespace _ -> "namespace";
            case Callable _ -> "function";
            case LoopState _ -> "loop";
        };
    }

    /// Tell Python's truth of the value.
    default boolean truth() {
        return switch (this) {
            case None _, Undefined _ -> false;
            case Bool(boolean value) -> value;
            case Int(BigInteger value) -> value.signum() != 0;
            case Real(double value) -> value != 0;
            case Text(String value) -> !value.isEmpty();
            case Sequence sequence -> !sequence.items().isEmpty();
            case Mapping(Map<Value, Value> entries) -> !entries.isEmpty();
            case Generated _, Group _, Namespace _, Callable _, LoopState _ -> true;
        };
    }

    /// List what a `for` would visit. A [Generated] is used up by this.
    default List<Value> items() {
        return switch (this) {
            case Undefined _ -> List.of();
            case Text(String value) ->
                value.codePoints().mapToObj(c -> of(Character.toString(c))).toList();
            case Sequence sequence -> sequence.items();
            case Mapping(Map<Value, Value> entries) -> List.copyOf(entries.keySet());
            case Group(Value grouper, Value list) -> List.of(grouper, list);
            case Generated generated -> {
                List<Value> rest = new ArrayList<>();
                generated.forEachRemaining(rest::add);
                yield rest;
            }
            case LoopState(Loop loop) -> throw Fault.of("a loop over 'loop' itself (at item " + loop.index() + ")");
            case None _, Bool _, Int _, Real _, Namespace _, Callable _ ->
                throw Fault.of("'" + typeName() + "' object is not iterable");
        };
    }
}
