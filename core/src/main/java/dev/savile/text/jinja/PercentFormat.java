package dev.savile.text.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// Fill `'%s of %05.2f' % (a, b)`.
final class PercentFormat {
    private final Printer printer;
    private final Budget budget;

    PercentFormat(Printer printer, Budget budget) {
        this.printer = printer;
        this.budget = budget;
    }

    /// Fill the places of a format.
    ///
    /// @param values what fills the places in order
    /// @param whole  where `%(name)s` looks its names up
    String format(String format, List<Value> values, Value whole) {
        StringBuilder out = new StringBuilder();
        int used = 0;
        boolean named = false;
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            if (c != '%') {
                out.append(c);
                continue;
            }
            Optional<Value> byName = Optional.empty();
            if (i < format.length() && format.charAt(i) == '(') {
                int end = format.indexOf(')', i);
                if (end < 0 || !(whole instanceof Value.Mapping(var entries)))
                    throw Fault.of("format requires a mapping");
                byName = Optional.ofNullable(entries.get(Value.of(format.substring(i + 1, end))));
                if (byName.isEmpty()) throw Fault.of("format key '" + format.substring(i + 1, end) + "' is missing");
                named = true;
                i = end + 1;
            }
            int flagsEnd = i;
            while (flagsEnd < format.length() && "-+ 0#".indexOf(format.charAt(flagsEnd)) >= 0) flagsEnd++;
            String flags = format.substring(i, flagsEnd);
            int widthEnd = digits(format, flagsEnd);
            int width = number(format, flagsEnd, widthEnd, 0);
            i = widthEnd;
            int precision = -1;
            if (i < format.length() && format.charAt(i) == '.') {
                int end = digits(format, i + 1);
                precision = number(format, i + 1, end, 0);
                i = end;
            }
            if (i >= format.length()) throw Fault.of("incomplete format");
            char type = format.charAt(i++);
            if (type == '%') {
                out.append('%');
                continue;
            }
            if (byName.isEmpty() && used >= values.size()) throw Fault.of("not enough arguments for format string");
            Value value = byName.isPresent() ? byName.get() : values.get(used++);
            budget.make(width);
            out.append(one(value, type, flags, width, precision));
        }
        if (!named && used < values.size() && !(whole instanceof Value.Mapping))
            throw Fault.of("not all arguments converted during string formatting");
        return out.toString();
    }

    private static int digits(String format, int from) {
        int end = from;
        while (end < format.length() && format.charAt(end) >= '0' && format.charAt(end) <= '9') end++;
        return end;
    }

    private static int number(String format, int from, int to, int fallback) {
        if (from == to) return fallback;
        if (to - from > 6) throw Fault.limit("a format width of " + format.substring(from, to));
        return Integer.parseInt(format.substring(from, to));
    }

    private String one(Value value, char type, String flags, int width, int precision) {
        String body =
                switch (type) {
                    case 's' -> cut(printer.text(value), precision);
                    case 'r', 'a' -> cut(printer.inside(value), precision);
                    case 'c' -> value instanceof Value.Text(String text) ? text : printer.text(value);
                    case 'd', 'i', 'u' -> sign(integer(value), flags);
                    case 'x' -> sign(new java.math.BigInteger(integer(value)).toString(16), flags);
                    case 'X' ->
                        sign(new java.math.BigInteger(integer(value)).toString(16), flags)
                                .toUpperCase(java.util.Locale.ROOT);
                    case 'o' -> sign(new java.math.BigInteger(integer(value)).toString(8), flags);
                    case 'f', 'F', 'e', 'E', 'g', 'G' ->
                        sign(NumberFormat.real(real(value), type, precision < 0 ? 6 : precision), flags);
                    default -> throw Fault.of("unsupported format character '" + type + "'");
                };
        boolean zero = flags.indexOf('0') >= 0 && flags.indexOf('-') < 0 && "src".indexOf(type) < 0;
        if (zero && body.length() < width) {
            int signs = body.startsWith("-") || body.startsWith("+") || body.startsWith(" ") ? 1 : 0;
            return body.substring(0, signs) + "0".repeat(width - body.length()) + body.substring(signs);
        }
        return Padding.pad(body, width, " ", flags.indexOf('-') >= 0 ? '<' : '>');
    }

    private static String cut(String text, int precision) {
        if (precision < 0 || PythonText.length(text) <= precision) return text;
        return text.substring(0, text.offsetByCodePoints(0, precision));
    }

    private static String sign(String number, String flags) {
        if (number.startsWith("-")) return number;
        return flags.indexOf('+') >= 0 ? "+" + number : flags.indexOf(' ') >= 0 ? " " + number : number;
    }

    private static String integer(Value value) {
        if (value instanceof Value.Real(double number))
            return new BigDecimal(number).toBigInteger().toString();
        return Operators.whole(value)
                .orElseThrow(() -> Fault.of("%d format: a real number is required, not " + value.typeName()))
                .toString();
    }

    private static double real(Value value) {
        return Operators.real(value).orElseThrow(() -> Fault.of("must be real number, not " + value.typeName()));
    }
}
