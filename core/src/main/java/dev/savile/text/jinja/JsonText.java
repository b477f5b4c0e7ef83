package dev.savile.text.jinja;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Write values as Python's `json.dumps` does, whose blanks the models have seen: `{"a": 1, "b": [1, 2]}`.
final class JsonText {
    private final Budget budget;
    private final String indent;
    private final boolean lines;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean asciiOnly;
    private final boolean sortKeys;
    private final StringBuilder out = new StringBuilder();

    private JsonText(Budget budget, Arguments arguments) {
        this.budget = budget;
        Value level = arguments.value(1, "indent", Value.None.NONE);
        this.indent = switch (level) {
            case Value.None _ -> "";
            case Value.Text(String text) -> text;
            default -> " ".repeat(Math.clamp(Arguments.of(level).integer(0, "indent"), 0, 100));
        };
        this.lines = level != Value.None.NONE;
        Value separators = arguments.value(2, "separators", Value.None.NONE);
        if (separators == Value.None.NONE) {
            this.itemSeparator = lines ? "," : ", ";
            this.keySeparator = ": ";
        } else {
            Arguments two = new Arguments(separators.items(), Map.of());
            this.itemSeparator = two.text(0, "item separator");
            this.keySeparator = two.text(1, "key separator");
        }
        this.asciiOnly = arguments.truth(0, "ensure_ascii", false);
        this.sortKeys = arguments.truth(3, "sort_keys", false);
    }

    /// Write a value.
    ///
    /// @param arguments `ensure_ascii`, `indent`, `separators`, `sort_keys`, in this order or by name
    static String write(Value value, Arguments arguments, Budget budget) {
        JsonText json = new JsonText(budget, arguments);
        json.value(value, 0);
        return json.out.toString();
    }

    private void value(Value value, int level) {
        budget.step();
        budget.check(out.length());
        switch (value) {
            case Value.None _ -> out.append("null");
            case Value.Bool(boolean flag) -> out.append(flag);
            case Value.Int(var whole) -> out.append(whole);
            case Value.Real(double number) -> out.append(real(number));
            case Value.Text(String text) -> string(text);
            case Value.Sequence sequence when sequence.kind().indexable() -> array(sequence.items(), level);
            case Value.Group group -> array(group.items(), level);
            case Value.Mapping mapping -> object(mapping, level);
            case Value.Undefined(String reason) -> throw Fault.of(reason + ", so it has no JSON");
            case Value.Sequence _, Value.Generated _, Value.Namespace _, Value.Callable _, Value.LoopState _ ->
                throw Fault.of("Object of type " + value.typeName() + " is not JSON serializable");
        }
    }

    private static String real(double number) {
        if (Double.isNaN(number)) return "NaN";
        if (Double.isInfinite(number)) return number > 0 ? "Infinity" : "-Infinity";
        return PythonText.real(number);
    }

    private void array(List<Value> items, int level) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        budget.enter();
        out.append('[');
        boolean first = true;
        for (Value item : items) {
            if (!first) out.append(itemSeparator);
            first = false;
            line(level + 1);
            value(item, level + 1);
        }
        line(level);
        out.append(']');
        budget.leave();
    }

    private void object(Value.Mapping mapping, int level) {
        if (mapping.entries().isEmpty()) {
            out.append("{}");
            return;
        }
        budget.enter();
        out.append('{');
        List<Map.Entry<Value, Value>> entries = List.copyOf(mapping.entries().entrySet());
        if (sortKeys)
            entries = entries.stream()
                    .sorted(Comparator.comparing(entry -> key(entry.getKey()), PythonText::compare))
                    .toList();
        boolean first = true;
        for (Map.Entry<Value, Value> entry : entries) {
            if (!first) out.append(itemSeparator);
            first = false;
            line(level + 1);
            string(key(entry.getKey()));
            out.append(keySeparator);
            value(entry.getValue(), level + 1);
        }
        line(level);
        out.append('}');
        budget.leave();
    }

    private static String key(Value key) {
        return switch (key) {
            case Value.Text(String text) -> text;
            case Value.None _ -> "null";
            case Value.Bool(boolean flag) -> String.valueOf(flag);
            case Value.Int(var whole) -> whole.toString();
            case Value.Real(double number) -> real(number);
            default -> throw Fault.of("keys must be str, int, float, bool or None, not " + key.typeName());
        };
    }

    private void line(int level) {
        if (lines) out.append('\n').append(indent.repeat(level));
    }

    private void string(String text) {
        budget.make(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || (asciiOnly && c > 0x7e)) out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    else out.append(c);
                }
            }
        }
        out.append('"');
    }
}
