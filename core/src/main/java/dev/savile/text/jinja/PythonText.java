package dev.savile.text.jinja;

import java.math.BigDecimal;
import java.util.Locale;

/// Treat text as Python does: characters are code points, white space and printing follow its rules.
final class PythonText {
    private PythonText() {}

    static boolean isSpace(int c) {
        return (c >= 9 && c <= 13)
                || (c >= 28 && c <= 32)
                || c == 0x85
                || c == 0xA0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200A)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /// Remove white space at the ends; all white space characters are single UTF-16 units.
    static String strip(String text, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && isSpace(text.charAt(start))) start++;
        while (right && end > start && isSpace(text.charAt(end - 1))) end--;
        return text.substring(start, end);
    }

    /// Remove any of the given characters at the ends.
    static String strip(String text, String characters, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && characters.indexOf(text.codePointAt(start)) >= 0)
            start += Character.charCount(text.codePointAt(start));
        while (right && end > start && characters.indexOf(text.codePointBefore(end)) >= 0)
            end -= Character.charCount(text.codePointBefore(end));
        return text.substring(start, end);
    }

    /// Resolve the escapes of a string literal; unknown ones stay as they are written.
    static String unescape(String raw, Position position) {
        if (raw.indexOf('\\') < 0) return raw;
        StringBuilder out = new StringBuilder(raw.length());
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i++);
            if (c != '\\' || i >= raw.length()) {
                out.append(c);
                continue;
            }
            char escape = raw.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000B');
                case 'x', 'u', 'U' -> {
                    int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : 8;
                    out.appendCodePoint(hexadecimal(raw, i, digits, position));
                    i += digits;
                }
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int end = i;
                    while (end < raw.length() && end < i + 2 && raw.charAt(end) >= '0' && raw.charAt(end) <= '7') end++;
                    out.append((char) Integer.parseInt(raw.substring(i - 1, end), 8));
                    i = end;
                }
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static int hexadecimal(String raw, int from, int digits, Position position) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < raw.length() ? Character.digit(raw.charAt(i), 16) : -1;
            if (digit < 0) throw Fault.syntax("truncated escape in a string", position);
            value = value * 16 + digit;
        }
        if (!Character.isValidCodePoint(value)) throw Fault.syntax("illegal character in an escape", position);
        return value;
    }

    /// Print a float as Python's `repr`: the shortest digits that read back the same.
    static String real(double value) {
        if (Double.isNaN(value)) return "nan";
        if (Double.isInfinite(value)) return value > 0 ? "inf" : "-inf";
        if (value == 0) return 1 / value < 0 ? "-0.0" : "0.0";
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = shortest.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (value < 0 ? "-" : "")
                + mantissa
                + "e"
                + (exponent < 0 ? "-" : "+")
                + String.format(Locale.ROOT, "%02d", Math.abs(exponent));
    }

    /// Print a string as Python's `repr`.
    static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') out.append('\\').appendCodePoint(c);
            else if (c == '\n') out.append("\\n");
            else if (c == '\r') out.append("\\r");
            else if (c == '\t') out.append("\\t");
            else if (printable(c)) out.appendCodePoint(c);
            else if (c < 0x100) out.append(String.format(Locale.ROOT, "\\x%02x", c));
            else if (c < 0x10000) out.append(String.format(Locale.ROOT, "\\u%04x", c));
            else out.append(String.format(Locale.ROOT, "\\U%08x", c));
        });
        return out.append(quote).toString();
    }

    private static boolean printable(int c) {
        return c == ' '
                || switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SPACE_SEPARATOR -> false;
                    default -> true;
                };
    }

    /// Compare by code points, as Python orders strings.
    static int compare(String a, String b) {
        int[] left = a.codePoints().toArray();
        int[] right = b.codePoints().toArray();
        for (int i = 0; i < Math.min(left.length, right.length); i++)
            if (left[i] != right[i]) return Integer.compare(left[i], right[i]);
        return Integer.compare(left.length, right.length);
    }
}
