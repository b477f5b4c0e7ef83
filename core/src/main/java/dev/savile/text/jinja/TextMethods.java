package dev.savile.text.jinja;

import dev.savile.text.jinja.Value.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

/// Offer the methods of Python's `str`.
final class TextMethods {
    private final Printer printer;
    private final Budget budget;

    TextMethods(Printer printer, Budget budget) {
        this.printer = printer;
        this.budget = budget;
    }

    Optional<Value> method(String text, String name) {
        Value.Function body = body(text, name);
        return body == null ? Optional.empty() : Optional.of(new Value.Callable(name, body));
    }

    private Value.@org.jspecify.annotations.Nullable Function body(String text, String name) {
        return switch (name) {
            case "strip" -> a -> strip(text, a, true, true);
            case "lstrip" -> a -> strip(text, a, true, false);
            case "rstrip" -> a -> strip(text, a, false, true);
            case "split" -> a -> split(text, a.only("sep", "maxsplit"), false);
            case "rsplit" -> a -> split(text, a.only("sep", "maxsplit"), true);
            case "splitlines" ->
                a -> {
                    budget.make(text.length());
                    return texts(lines(text, a.only("keepends").truth(0, "keepends", false)));
                };
            case "partition" -> a -> partition(text, a.only("sep").text(0, "sep"), false);
            case "rpartition" -> a -> partition(text, a.only("sep").text(0, "sep"), true);
            case "startswith" -> a -> Value.of(affix(text, a, true));
            case "endswith" -> a -> Value.of(affix(text, a, false));
            case "removeprefix" ->
                a -> {
                    String prefix = a.only("prefix").text(0, "prefix");
                    return Value.of(text.startsWith(prefix) ? text.substring(prefix.length()) : text);
                };
            case "removesuffix" ->
                a -> {
                    String suffix = a.only("suffix").text(0, "suffix");
                    return Value.of(text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text);
                };
            case "upper" -> a -> plain(a, text.toUpperCase(Locale.ROOT));
            case "lower", "casefold" -> a -> plain(a, text.toLowerCase(Locale.ROOT));
            case "capitalize" -> a -> plain(a, capitalize(text));
            case "title" -> a -> plain(a, title(text));
            case "swapcase" -> a -> plain(a, swapCase(text));
            case "replace" ->
                a -> {
                    a.only("old", "new", "count");
                    return Value.of(replace(text, a.text(0, "old"), a.text(1, "new"), a.integer(2, "count", -1)));
                };
            case "find" -> a -> Value.of(find(text, a, false));
            case "rfind" -> a -> Value.of(find(text, a, true));
            case "index", "rindex" ->
                a -> {
                    long found = find(text, a, name.equals("rindex"));
                    if (found < 0) throw Fault.of("substring not found");
                    return Value.of(found);
                };
            case "count" -> a -> Value.of(count(text, a.only("sub").text(0, "sub")));
            case "join" ->
                a -> Value.of(join(text, a.only("iterable").value(0, "iterable").items()));
            case "format" -> a -> Value.of(new BraceFormat(printer, budget).format(text, a));
            case "isalpha" -> a -> all(a, text, Character::isLetter);
            case "isdigit", "isdecimal" -> a -> all(a, text, Character::isDigit);
            case "isnumeric" -> a -> all(a, text, c -> Character.isDigit(c) || isNumber(c));
            case "isalnum" -> a -> all(a, text, c -> Character.isLetterOrDigit(c) || isNumber(c));
            case "isspace" -> a -> all(a, text, PythonText::isSpace);
            case "isupper" -> a -> Value.of(a.only().positional().isEmpty() && isCase(text, true));
            case "islower" -> a -> Value.of(a.only().positional().isEmpty() && isCase(text, false));
            case "zfill" -> a -> Value.of(zeroFill(text, a.only("width").integer(0, "width")));
            case "center" -> a -> Value.of(pad(text, a, '^'));
            case "ljust" -> a -> Value.of(pad(text, a, '<'));
            case "rjust" -> a -> Value.of(pad(text, a, '>'));
            default -> null;
        };
    }

    private static Value plain(Arguments arguments, String result) {
        arguments.only();
        return Value.of(result);
    }

    private static Value all(Arguments arguments, String text, IntPredicate test) {
        arguments.only();
        return Value.of(!text.isEmpty() && text.codePoints().allMatch(test));
    }

    private static boolean isNumber(int c) {
        return Character.getType(c) == Character.LETTER_NUMBER || Character.getType(c) == Character.OTHER_NUMBER;
    }

    /// Tell whether all cased characters are upper (or lower) case and there is one.
    static boolean isCase(String text, boolean upper) {
        boolean wrong = text.codePoints()
                .anyMatch(c -> upper ? Character.isLowerCase(c) || Character.isTitleCase(c) : Character.isUpperCase(c));
        return !wrong && text.codePoints().anyMatch(upper ? Character::isUpperCase : Character::isLowerCase);
    }

    private static Value strip(String text, Arguments arguments, boolean left, boolean right) {
        Value characters = arguments.only("chars").value(0, "chars", Value.None.NONE);
        if (characters instanceof Text(String set)) return Value.of(PythonText.strip(text, set, left, right));
        if (characters == Value.None.NONE) return Value.of(PythonText.strip(text, left, right));
        throw Fault.of("strip arg must be None or str");
    }

    private Value split(String text, Arguments arguments, boolean fromRight) {
        budget.make(text.length());
        int most = arguments.integer(1, "maxsplit", -1);
        int limit = most < 0 ? Integer.MAX_VALUE : most;
        Value separator = arguments.value(0, "sep", Value.None.NONE);
        if (separator == Value.None.NONE) return texts(fromRight ? wordsFromRight(text, limit) : words(text, limit));
        String by = arguments.text(0, "sep");
        if (by.isEmpty()) throw Fault.of("empty separator");
        List<String> parts = new ArrayList<>();
        String rest = text;
        while (parts.size() < limit) {
            int found = fromRight ? rest.lastIndexOf(by) : rest.indexOf(by);
            if (found < 0) break;
            parts.add(fromRight ? rest.substring(found + by.length()) : rest.substring(0, found));
            rest = fromRight ? rest.substring(0, found) : rest.substring(found + by.length());
            budget.make(rest.length());
        }
        parts.add(rest);
        return texts(fromRight ? parts.reversed() : parts);
    }

    private static List<String> words(String text, int limit) {
        List<String> words = new ArrayList<>();
        String rest = PythonText.strip(text, true, false);
        while (!rest.isEmpty()) {
            int end = 0;
            while (end < rest.length() && !PythonText.isSpace(rest.charAt(end))) end++;
            if (words.size() == limit) end = rest.length();
            words.add(rest.substring(0, end));
            rest = PythonText.strip(rest.substring(end), true, false);
        }
        return words;
    }

    private static List<String> wordsFromRight(String text, int limit) {
        List<String> words = new ArrayList<>();
        String rest = PythonText.strip(text, false, true);
        while (!rest.isEmpty()) {
            int start = rest.length();
            while (start > 0 && !PythonText.isSpace(rest.charAt(start - 1))) start--;
            if (words.size() == limit) start = 0;
            words.add(rest.substring(start));
            rest = PythonText.strip(rest.substring(0, start), false, true);
        }
        return words.reversed();
    }

    /// Cut into lines at every line boundary that Python knows.
    static List<String> lines(String text, boolean keepEnds) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            boolean end =
                    (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
            if (!end) {
                i++;
                continue;
            }
            int after = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
            lines.add(text.substring(start, keepEnds ? after : i));
            start = after;
            i = after;
        }
        if (start < text.length()) lines.add(text.substring(start));
        return lines;
    }

    private static Value texts(List<String> parts) {
        return Value.list(parts.stream().map(Value::of).toList());
    }

    private static Value partition(String text, String by, boolean last) {
        if (by.isEmpty()) throw Fault.of("empty separator");
        int found = last ? text.lastIndexOf(by) : text.indexOf(by);
        List<String> parts = found < 0
                ? (last ? List.of("", "", text) : List.of(text, "", ""))
                : List.of(text.substring(0, found), by, text.substring(found + by.length()));
        return Value.tuple(parts.stream().map(Value::of).toList());
    }

    private static boolean affix(String text, Arguments arguments, boolean start) {
        arguments.only("affix", "start", "end");
        String part = text;
        if (arguments.has(1, "start")) {
            int[] points = text.codePoints().toArray();
            int from = bound(arguments.integer(1, "start"), points.length);
            int to = bound(arguments.integer(2, "end", points.length), points.length);
            if (from > to) return false;
            part = new String(points, from, to - from);
        }
        Value affix = arguments.value(0, "affix");
        List<Value> choices = affix instanceof Value.Sequence(var kind, var items) && kind == Value.Sequence.Kind.TUPLE
                ? items
                : List.of(affix);
        for (Value choice : choices) {
            if (!(choice instanceof Text(String wanted)))
                throw Fault.of((start ? "startswith" : "endswith") + " first arg must be str or a tuple of str, not "
                        + choice.typeName());
            if (start ? part.startsWith(wanted) : part.endsWith(wanted)) return true;
        }
        return false;
    }

    private static int bound(int index, int length) {
        return Math.max(0, Math.min(length, index < 0 ? index + length : index));
    }

    static String capitalize(String text) {
        if (text.isEmpty()) return text;
        int first = text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean cased = Character.isLetter(c);
            if (!cased) out.appendCodePoint(c);
            else if (inWord) out.append(Character.toString(c).toLowerCase(Locale.ROOT));
            else out.appendCodePoint(Character.toTitleCase(c));
            inWord = cased;
        }
        return out.toString();
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            String one = Character.toString(c);
            out.append(Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
        });
        return out.toString();
    }

    String replace(String text, String old, String replacement, int count) {
        if (count == 0) return text;
        long most = count < 0 ? Long.MAX_VALUE : count;
        StringBuilder out = new StringBuilder();
        long done = 0;
        int at = 0;
        if (old.isEmpty()) {
            budget.make((long) text.length() * (replacement.length() + 1L));
            while (done < most) {
                out.append(replacement);
                done++;
                if (at >= text.length()) return out.toString();
                int next = text.offsetByCodePoints(at, 1);
                out.append(text, at, next);
                at = next;
            }
            return out.append(text, at, text.length()).toString();
        }
        for (int found = text.indexOf(old); found >= 0 && done < most; found = text.indexOf(old, at)) {
            out.append(text, at, found).append(replacement);
            at = found + old.length();
            done++;
            budget.check(out.length());
        }
        return out.append(text, at, text.length()).toString();
    }

    private static long find(String text, Arguments arguments, boolean last) {
        arguments.only("sub", "start", "end");
        String wanted = arguments.text(0, "sub");
        int length = PythonText.length(text);
        int from = bound(arguments.integer(1, "start", 0), length);
        int to = bound(arguments.integer(2, "end", length), length);
        if (from > to) return -1;
        int offset = text.offsetByCodePoints(0, from);
        String part = text.substring(offset, text.offsetByCodePoints(0, to));
        int found = last ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        return found < 0 ? -1 : from + part.codePointCount(0, found);
    }

    private static long count(String text, String wanted) {
        if (wanted.isEmpty()) return PythonText.length(text) + 1L;
        long count = 0;
        for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length())) count++;
        return count;
    }

    private String join(String separator, List<Value> items) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof Text(String item)))
                throw Fault.of("sequence item " + i + ": expected str instance, "
                        + items.get(i).typeName() + " found");
            budget.make(item.length() + (long) separator.length());
            if (i > 0) out.append(separator);
            out.append(item);
        }
        budget.make(out.length());
        return out.toString();
    }

    private String zeroFill(String text, int width) {
        int missing = width - PythonText.length(text);
        if (missing <= 0) return text;
        budget.make(width);
        boolean signed = text.startsWith("-") || text.startsWith("+");
        return (signed ? text.substring(0, 1) : "") + "0".repeat(missing) + (signed ? text.substring(1) : text);
    }

    private String pad(String text, Arguments arguments, char alignment) {
        arguments.only("width", "fillchar");
        int width = arguments.integer(0, "width");
        budget.make(Math.max(0, width));
        return Padding.pad(text, width, arguments.text(1, "fillchar", " "), alignment);
    }
}
