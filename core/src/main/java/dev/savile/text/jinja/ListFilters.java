package dev.savile.text.jinja;

import dev.savile.text.jinja.Value.Generated;
import dev.savile.text.jinja.Value.Mapping;
import dev.savile.text.jinja.Value.Sequence;
import dev.savile.text.jinja.Value.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Apply the filters on lists, dictionaries and anything that can be looped over.
final class ListFilters {
    static final List<String> NAMES = List.of(
            "default",
            "d",
            "length",
            "count",
            "join",
            "first",
            "last",
            "list",
            "reverse",
            "sort",
            "unique",
            "map",
            "select",
            "reject",
            "selectattr",
            "rejectattr",
            "items",
            "dictsort",
            "sum",
            "min",
            "max",
            "batch",
            "slice",
            "groupby",
            "attr");

    private final Evaluator evaluator;
    private final Operators operators;
    private final Printer printer;
    private final Budget budget;

    ListFilters(Evaluator evaluator, Operators operators, Printer printer, Budget budget) {
        this.evaluator = evaluator;
        this.operators = operators;
        this.printer = printer;
        this.budget = budget;
    }

    Value apply(String name, Value value, Arguments a) {
        return switch (name) {
            case "default", "d" -> fallback(value, a.only("default_value", "boolean"));
            case "length", "count" -> {
                a.only();
                yield Value.of(length(value));
            }
            case "join" -> Value.of(join(value, a.only("d", "attribute")));
            case "first" -> {
                a.only();
                yield first(value);
            }
            case "last" -> {
                a.only();
                yield last(value);
            }
            case "list" -> {
                a.only();
                yield Value.list(items(value));
            }
            case "reverse" -> {
                a.only();
                yield reverse(value);
            }
            case "sort" -> sort(value, a.only("reverse", "case_sensitive", "attribute"));
            case "unique" -> unique(value, a.only("case_sensitive", "attribute"));
            case "map" -> new Generated(map(value, a));
            case "select" -> select(value, a, true, false);
            case "reject" -> select(value, a, false, false);
            case "selectattr" -> select(value, a, true, true);
            case "rejectattr" -> select(value, a, false, true);
            case "items" -> {
                a.only();
                yield pairs(value);
            }
            case "dictsort" -> dictionarySort(value, a.only("case_sensitive", "by", "reverse"));
            case "sum" -> sum(value, a.only("attribute", "start"));
            case "min" -> extreme(value, a.only("case_sensitive", "attribute"), false);
            case "max" -> extreme(value, a.only("case_sensitive", "attribute"), true);
            case "batch" -> batch(value, a.only("linecount", "fill_with"));
            case "slice" -> columns(value, a.only("slices", "fill_with"));
            case "groupby" -> groups(value, a.only("attribute", "default", "case_sensitive"));
            case "attr" -> evaluator.attributeOnly(value, a.only("name").text(0, "name"));
            default -> throw new IllegalStateException("no list filter " + name);
        };
    }

    private List<Value> items(Value value) {
        List<Value> items = value.items();
        budget.make(items.size());
        return items;
    }

    private static Value fallback(Value value, Arguments arguments) {
        boolean missing = value instanceof Value.Undefined || (arguments.truth(1, "boolean", false) && !value.truth());
        return missing ? arguments.value(0, "default_value", Value.of("")) : value;
    }

    private static long length(Value value) {
        return switch (value) {
            case Text(String text) -> PythonText.length(text);
            case Sequence sequence -> sequence.items().size();
            case Mapping(var entries) -> entries.size();
            case Value.Undefined _ -> 0;
            case Value.Group _ -> 2;
            case Value.LoopState(Loop loop) -> loop.length();
            case Value.None _,
                    Value.Bool _,
                    Value.Int _,
                    Value.Real _,
                    Generated _,
                    Value.Namespace _,
                    Value.Callable _ -> throw Fault.of("object of type '" + value.typeName() + "' has no len()");
        };
    }

    private String join(Value value, Arguments arguments) {
        String separator = printer.text(arguments.value(0, "d", Value.of("")));
        UnaryOperator<Value> part = attribute(arguments.find(1, "attribute"), Optional.empty());
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (Value item : value.items()) {
            if (!first) out.append(separator);
            first = false;
            out.append(printer.text(part.apply(item)));
            budget.check(out.length());
        }
        budget.make(out.length());
        return out.toString();
    }

    private static Value first(Value value) {
        if (value instanceof Generated generated && generated.hasNext()) return generated.next();
        List<Value> items = value.items();
        return items.isEmpty() ? new Value.Undefined("No first item, sequence was empty.") : items.getFirst();
    }

    private static Value last(Value value) {
        if (value instanceof Generated) throw Fault.of("'generator' object is not reversible");
        List<Value> items = value.items();
        return items.isEmpty() ? new Value.Undefined("No last item, sequence was empty.") : items.getLast();
    }

    private Value reverse(Value value) {
        if (value instanceof Text(String text)) {
            int[] points = text.codePoints().toArray();
            StringBuilder out = new StringBuilder();
            for (int i = points.length - 1; i >= 0; i--) out.appendCodePoint(points[i]);
            return Value.of(out.toString());
        }
        return new Generated(items(value).reversed());
    }

    /// Return how to read an attribute such as `name`, `a.b` or `0` from each item; without one, the item itself.
    private UnaryOperator<Value> attribute(Optional<Value> attribute, Optional<Value> fallback) {
        if (attribute.isEmpty() || attribute.get() == Value.None.NONE) return value -> value;
        List<Value> path = new ArrayList<>();
        if (attribute.get() instanceof Text(String name)) {
            for (String part : name.split("\\.", -1))
                path.add(part.matches("\\d{1,9}") ? Value.of(Integer.parseInt(part)) : Value.of(part));
        } else path.add(attribute.get());
        return item -> {
            Value found = item;
            for (Value part : path) {
                found = evaluator.item(found, part);
                if (found instanceof Value.Undefined && fallback.isPresent()) return fallback.get();
            }
            return found;
        };
    }

    private static Value folded(Value value, boolean caseSensitive) {
        return !caseSensitive && value instanceof Text(String text) ? Value.of(text.toLowerCase(Locale.ROOT)) : value;
    }

    private Comparator<Value> order(UnaryOperator<Value> key, boolean caseSensitive) {
        return (a, b) ->
                operators.compare(folded(key.apply(a), caseSensitive), folded(key.apply(b), caseSensitive), "<");
    }

    private Value sort(Value value, Arguments arguments) {
        boolean caseSensitive = arguments.truth(1, "case_sensitive", false);
        Optional<Value> given = arguments.find(2, "attribute");
        List<Value> sorted = new ArrayList<>(items(value));
        List<String> names = given.isPresent() && given.get() instanceof Text(String text)
                ? List.of(text.split(",", -1))
                : List.of();
        Comparator<Value> order = names.size() > 1
                ? order(attribute(Optional.of(Value.of(names.getFirst())), Optional.empty()), caseSensitive)
                : order(attribute(given, Optional.empty()), caseSensitive);
        for (String name : names.stream().skip(1).toList())
            order = order.thenComparing(order(attribute(Optional.of(Value.of(name)), Optional.empty()), caseSensitive));
        sorted.sort(arguments.truth(0, "reverse", false) ? order.reversed() : order);
        return Value.list(sorted);
    }

    private Value unique(Value value, Arguments arguments) {
        boolean caseSensitive = arguments.truth(0, "case_sensitive", false);
        UnaryOperator<Value> key = attribute(arguments.find(1, "attribute"), Optional.empty());
        List<Value> seen = new ArrayList<>();
        List<Value> kept = new ArrayList<>();
        for (Value item : value.items()) {
            Value candidate = folded(key.apply(item), caseSensitive);
            if (seen.stream().anyMatch(old -> operators.equal(old, candidate))) continue;
            seen.add(candidate);
            kept.add(item);
        }
        return new Generated(kept);
    }

    private List<Value> map(Value value, Arguments arguments) {
        List<Value> out = new ArrayList<>();
        if (arguments.positional().isEmpty()) {
            arguments.only("", "attribute", "default");
            Optional<Value> attribute = Optional.of(arguments.value(1, "attribute"));
            UnaryOperator<Value> read = attribute(attribute, arguments.find(2, "default"));
            for (Value item : value.items()) out.add(read.apply(item));
            return out;
        }
        String filter = arguments.text(0, "filter");
        Arguments rest = arguments.skip(1);
        for (Value item : value.items()) out.add(evaluator.filter(filter, item, rest));
        return out;
    }

    private Value select(Value value, Arguments arguments, boolean keep, boolean byAttribute) {
        int first = byAttribute ? 1 : 0;
        UnaryOperator<Value> read =
                byAttribute ? attribute(Optional.of(arguments.value(0, "attribute")), Optional.empty()) : item -> item;
        Predicate<Value> test = Value::truth;
        if (arguments.positional().size() > first) {
            String name = arguments.text(first, "test");
            Arguments rest = arguments.skip(first + 1);
            test = item -> evaluator.test(name, item, rest);
        }
        List<Value> kept = new ArrayList<>();
        for (Value item : value.items()) if (test.test(read.apply(item)) == keep) kept.add(item);
        return new Generated(kept);
    }

    private static Value pairs(Value value) {
        if (value instanceof Value.Undefined) return new Generated(List.of());
        if (value instanceof Mapping mapping) return new Generated(Containers.pairs(mapping));
        throw Fault.of("Can only get item pairs from a mapping.");
    }

    private Value dictionarySort(Value value, Arguments arguments) {
        if (!(value instanceof Mapping mapping)) throw Fault.of("dictsort needs a dictionary, not " + value.typeName());
        String by = arguments.text(1, "by", "key");
        if (!by.equals("key") && !by.equals("value"))
            throw Fault.of("You can only sort by either \"key\" or \"value\"");
        int place = by.equals("key") ? 0 : 1;
        Comparator<Value> order = order(pair -> pair.items().get(place), arguments.truth(0, "case_sensitive", false));
        List<Value> sorted = new ArrayList<>(Containers.pairs(mapping));
        sorted.sort(arguments.truth(2, "reverse", false) ? order.reversed() : order);
        return Value.list(sorted);
    }

    private Value sum(Value value, Arguments arguments) {
        UnaryOperator<Value> read = attribute(arguments.find(0, "attribute"), Optional.empty());
        Value total = arguments.value(1, "start", Value.of(0));
        for (Value item : value.items())
            total = operators.apply(Expression.BinaryOperator.ADD, total, read.apply(item));
        return total;
    }

    private Value extreme(Value value, Arguments arguments, boolean largest) {
        Comparator<Value> order = order(
                attribute(arguments.find(1, "attribute"), Optional.empty()),
                arguments.truth(0, "case_sensitive", false));
        List<Value> items = value.items();
        if (items.isEmpty()) return new Value.Undefined("No aggregated item, sequence was empty.");
        Value best = items.getFirst();
        for (Value item : items) {
            int compared = order.compare(item, best);
            if (largest ? compared > 0 : compared < 0) best = item;
        }
        return best;
    }

    private Value batch(Value value, Arguments arguments) {
        int size = arguments.integer(0, "linecount");
        if (size < 1) throw Fault.of("batch needs a positive count");
        List<Value> rows = new ArrayList<>();
        List<Value> items = value.items();
        for (int from = 0; from < items.size(); from += size) {
            List<Value> row = new ArrayList<>(items.subList(from, Math.min(items.size(), from + size)));
            Value fill = arguments.value(1, "fill_with", Value.None.NONE);
            if (fill != Value.None.NONE) {
                budget.make(size);
                row.addAll(Collections.nCopies(size - row.size(), fill));
            }
            rows.add(Value.list(row));
        }
        return new Generated(rows);
    }

    private Value columns(Value value, Arguments arguments) {
        int count = arguments.integer(0, "slices");
        if (count < 1) throw Fault.of("slice needs a positive count");
        budget.make(count);
        List<Value> items = value.items();
        int each = items.size() / count;
        int longer = items.size() % count;
        List<Value> columns = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            int to = from + each + (i < longer ? 1 : 0);
            List<Value> column = new ArrayList<>(items.subList(from, to));
            Value fill = arguments.value(1, "fill_with", Value.None.NONE);
            if (fill != Value.None.NONE && i >= longer) column.add(fill);
            columns.add(Value.list(column));
            from = to;
        }
        return new Generated(columns);
    }

    private Value groups(Value value, Arguments arguments) {
        boolean caseSensitive = arguments.truth(2, "case_sensitive", false);
        UnaryOperator<Value> read =
                attribute(Optional.of(arguments.value(0, "attribute")), arguments.find(1, "default"));
        List<Value> sorted = new ArrayList<>(value.items());
        sorted.sort(order(read, caseSensitive));
        List<Value> groups = new ArrayList<>();
        List<Value> members = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i++) {
            members.add(sorted.get(i));
            Value key = read.apply(sorted.get(i));
            boolean ends = i + 1 == sorted.size()
                    || !operators.equal(
                            folded(key, caseSensitive), folded(read.apply(sorted.get(i + 1)), caseSensitive));
            if (!ends) continue;
            groups.add(new Value.Group(read.apply(members.getFirst()), Value.list(members)));
            members = new ArrayList<>();
        }
        return Value.list(groups);
    }
}
