package dev.savile.text.jinja;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Apply the filters that give text.
final class TextFilters {
    static final List<String> NAMES = List.of(
            "trim",
            "upper",
            "lower",
            "capitalize",
            "title",
            "replace",
            "string",
            "safe",
            "e",
            "escape",
            "forceescape",
            "indent",
            "truncate",
            "center",
            "format",
            "wordcount",
            "urlencode",
            "striptags",
            "tojson");

    private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";

    private final Printer printer;
    private final Budget budget;
    private final TextMethods methods;

    TextFilters(Printer printer, Budget budget) {
        this.printer = printer;
        this.budget = budget;
        this.methods = new TextMethods(printer, budget);
    }

    Value apply(String name, Value value, Arguments arguments) {
        if (name.equals("tojson")) return Value.of(JsonText.write(value, arguments, budget));
        if (name.equals("urlencode")) return Value.of(urlEncode(value));
        String text = printer.text(value);
        budget.make(text.length());
        if (name.equals("wordcount")) return Value.of(words(text));
        return Value.of(
                switch (name) {
                    case "trim" -> trim(text, arguments.only("chars"));
                    case "upper" -> text.toUpperCase(Locale.ROOT);
                    case "lower" -> text.toLowerCase(Locale.ROOT);
                    case "capitalize" -> TextMethods.capitalize(text);
                    case "title" -> title(text);
                    case "replace" -> {
                        arguments.only("old", "new", "count");
                        yield methods.replace(
                                text,
                                printer.text(arguments.value(0, "old")),
                                printer.text(arguments.value(1, "new")),
                                arguments.value(2, "count", Value.None.NONE) == Value.None.NONE
                                        ? -1
                                        : arguments.integer(2, "count"));
                    }
                    case "string", "safe" -> text;
                    case "e", "escape", "forceescape" -> escape(text);
                    case "indent" -> indent(text, arguments.only("width", "first", "blank"));
                    case "truncate" -> truncate(text, arguments.only("length", "killwords", "end", "leeway"));
                    case "center" -> {
                        int width = arguments.only("width").integer(0, "width", 80);
                        budget.make(Math.max(0, width));
                        yield Padding.pad(text, width, " ", '^');
                    }
                    case "format" -> format(text, arguments);
                    case "striptags" -> stripTags(text);
                    default -> throw new IllegalStateException("no text filter " + name);
                });
    }

    private static String trim(String text, Arguments arguments) {
        Value characters = arguments.value(0, "chars", Value.None.NONE);
        if (characters == Value.None.NONE) return PythonText.strip(text, true, true);
        return PythonText.strip(text, arguments.text(0, "chars"), true, true);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean start = true;
        for (int c : text.codePoints().toArray()) {
            String one = Character.toString(c);
            out.append(start ? one.toUpperCase(Locale.ROOT) : one.toLowerCase(Locale.ROOT));
            start = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("<", "&lt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private String indent(String text, Arguments arguments) {
        Value width = arguments.value(0, "width", Value.of(4));
        String indent;
        if (width instanceof Value.Text(String given)) indent = given;
        else {
            int blanks = Math.max(0, arguments.integer(0, "width", 4));
            budget.make(blanks);
            indent = " ".repeat(blanks);
        }
        List<String> lines = TextMethods.lines(text + "\n", false);
        boolean blankToo = arguments.truth(2, "blank", false);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) out.append('\n');
            boolean indented = i == 0
                    ? arguments.truth(1, "first", false)
                    : blankToo || !lines.get(i).isEmpty();
            if (indented) out.append(indent);
            out.append(lines.get(i));
            budget.check(out.length());
        }
        return out.toString();
    }

    private String truncate(String text, Arguments arguments) {
        int length = arguments.integer(0, "length", 255);
        String end = arguments.text(2, "end", "...");
        int leeway = arguments.has(3, "leeway") ? arguments.integer(3, "leeway") : 5;
        int ending = PythonText.length(end);
        if (length < ending) throw Fault.of("expected length >= " + ending + ", got " + length);
        if (PythonText.length(text) <= (long) length + leeway) return text;
        String cut = text.substring(0, text.offsetByCodePoints(0, length - ending));
        if (!arguments.truth(1, "killwords", false) && cut.indexOf(' ') >= 0)
            cut = cut.substring(0, cut.lastIndexOf(' '));
        return cut + end;
    }

    private String format(String text, Arguments arguments) {
        Value whole = Value.tuple(arguments.positional());
        if (!arguments.named().isEmpty()) {
            Map<Value, Value> entries = new java.util.LinkedHashMap<>();
            arguments.named().forEach((name, value) -> entries.put(Value.of(name), value));
            whole = new Value.Mapping(entries);
        }
        return new PercentFormat(printer, budget).format(text, arguments.positional(), whole);
    }

    /// Count runs of letters, digits and underscores.
    private static long words(String text) {
        long words = 0;
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            boolean part = c == '_' || Character.isLetterOrDigit(c);
            if (part && !inside) words++;
            inside = part;
        }
        return words;
    }

    private String urlEncode(Value value) {
        return switch (value) {
            case Value.Text(String text) -> percent(text, "/");
            case Value.Mapping mapping -> query(Containers.pairs(mapping));
            case Value.Sequence sequence -> query(sequence.items());
            default -> percent(printer.text(value), "/");
        };
    }

    private String query(List<Value> pairs) {
        List<String> parts = new ArrayList<>();
        for (Value pair : pairs) {
            List<Value> two = pair.items();
            if (two.size() != 2) throw Fault.of("urlencode needs pairs of a name and a value");
            parts.add(percent(printer.text(two.get(0)), "") + "=" + percent(printer.text(two.get(1)), ""));
        }
        return String.join("&", parts);
    }

    private static String percent(String text, String safe) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c < 0x80 && (UNRESERVED.indexOf(c) >= 0 || safe.indexOf(c) >= 0)) out.append(c);
            else out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return out.toString();
    }

    private static String stripTags(String text) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int open = text.indexOf('<', at);
            int close =
                    open < 0 ? -1 : text.startsWith("<!--", open) ? text.indexOf("-->", open) : text.indexOf('>', open);
            if (close < 0) break;
            out.append(text, at, open);
            at = close + (text.startsWith("<!--", open) ? 3 : 1);
        }
        String plain = out.append(text, at, text.length()).toString();
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (!PythonText.isSpace(c)) words.append(c);
            else if (!words.isEmpty() && words.charAt(words.length() - 1) != ' ') words.append(' ');
        }
        return PythonText.strip(words.toString(), true, true)
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
    }
}
