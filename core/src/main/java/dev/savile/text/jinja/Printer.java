package dev.savile.text.jinja;

import java.util.List;

/// Turn values into text as Python's `str` and `repr` do.
final class Printer {
    private final Budget budget;

    Printer(Budget budget) {
        this.budget = budget;
    }

    /// Print what `{{ value }}` prints.
    String text(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Undefined _ -> "";
            case Value other -> {
                StringBuilder out = new StringBuilder();
                write(other, out);
                yield out.toString();
            }
        };
    }

    /// Print the value as it looks inside a list.
    String inside(Value value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private void write(Value value, StringBuilder out) {
        budget.step();
        budget.check(out.length()); // a list may hold itself many times over, so the text is bounded, not the list
        switch (value) {
            case Value.None _ -> out.append("None");
            case Value.Undefined _ -> out.append("Undefined");
            case Value.Bool(boolean flag) -> out.append(flag ? "True" : "False");
            case Value.Int(var whole) -> {
                budget.make(whole.bitLength());
                out.append(whole);
            }
            case Value.Real(double number) -> out.append(PythonText.real(number));
            case Value.Text(String text) -> {
                budget.make(text.length());
                out.append(PythonText.quoted(text));
            }
            case Value.Sequence sequence -> {
                boolean single = sequence.kind() == Value.Sequence.Kind.TUPLE
                        && sequence.items().size() == 1;
                list(sequence.kind().open, sequence.items(), single ? ",)" : sequence.kind().close, out);
            }
            case Value.Group(Value grouper, Value list) -> list("(", List.of(grouper, list), ")", out);
            case Value.Mapping mapping -> {
                budget.enter();
                String before = "{";
                for (var entry : mapping.entries().entrySet()) {
                    out.append(before);
                    write(entry.getKey(), out);
                    out.append(": ");
                    write(entry.getValue(), out);
                    before = ", ";
                }
                out.append(mapping.entries().isEmpty() ? "{}" : "}");
                budget.leave();
            }
            case Value.Generated _ -> out.append("<generator object>");
            case Value.Namespace _ -> out.append("<Namespace>");
            case Value.Callable callable ->
                out.append("<function ").append(callable.name()).append('>');
            case Value.LoopState(Loop loop) ->
                out.append("<LoopContext ")
                        .append(loop.index())
                        .append('/')
                        .append(loop.length())
                        .append('>');
        }
    }

    private void list(String open, List<Value> items, String close, StringBuilder out) {
        budget.enter();
        out.append(open);
        String before = "";
        for (Value item : items) {
            out.append(before);
            write(item, out);
            before = ", ";
        }
        out.append(close);
        budget.leave();
    }
}
