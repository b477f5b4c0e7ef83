package dev.savile.text.jinja;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Fill `'{} of {name:>5.2f}'.format(a, name=b)`. Fields are plain places or names: looking into objects from a
/// format is refused.
final class BraceFormat {
    private static final Pattern SPECIFICATION = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ]?)#?(0?)(\\d{0,6})([,_]?)(?:\\.(\\d{1,6}))?([a-zA-Z%]?)", Pattern.DOTALL);

    private final Printer printer;
    private final Budget budget;

    BraceFormat(Printer printer, Budget budget) {
        this.printer = printer;
        this.budget = budget;
    }

    String format(String format, Arguments arguments) {
        StringBuilder out = new StringBuilder();
        int automatic = 0;
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            boolean doubled = i < format.length() && format.charAt(i) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                i++;
            } else if (c == '}') throw Fault.of("Single '}' encountered in format string");
            else if (c != '{') out.append(c);
            else {
                int end = format.indexOf('}', i);
                if (end < 0) throw Fault.of("Single '{' encountered in format string");
                String field = format.substring(i, end);
                i = end + 1;
                int colon = field.indexOf(':');
                String specification = colon < 0 ? "" : field.substring(colon + 1);
                String name = colon < 0 ? field : field.substring(0, colon);
                int bang = name.indexOf('!');
                String conversion = bang < 0 ? "" : name.substring(bang + 1);
                if (bang >= 0) name = name.substring(0, bang);
                Value value = name.isEmpty()
                        ? arguments.value(automatic, String.valueOf(automatic++))
                        : named(name, arguments);
                if (conversion.equals("r")) value = Value.of(printer.inside(value));
                if (conversion.equals("s")) value = Value.of(printer.text(value));
                out.append(one(value, specification));
            }
        }
        return out.toString();
    }

    private static Value named(String name, Arguments arguments) {
        if (name.chars().allMatch(c -> c >= '0' && c <= '9') && name.length() < 6)
            return arguments.value(Integer.parseInt(name), name);
        Value found = arguments.named().get(name);
        if (found == null) throw Fault.of("no argument for the format field '" + name + "'");
        return found;
    }

    private String one(Value value, String specification) {
        if (specification.isEmpty()) return printer.text(value);
        Matcher parts = SPECIFICATION.matcher(specification);
        if (!parts.matches()) throw Fault.of("Invalid format specifier '" + specification + "'");
        String type = group(parts, 8);
        boolean number = Operators.real(value).isPresent();
        int precision = group(parts, 7).isEmpty() ? -1 : Integer.parseInt(group(parts, 7));
        String body = number ? number(value, type, precision) : printer.text(value);
        if (!number && precision >= 0 && PythonText.length(body) > precision)
            body = body.substring(0, body.offsetByCodePoints(0, precision));
        String separator = group(parts, 6);
        if (number && !separator.isEmpty()) body = grouped(body, separator);
        if (number
                && !body.startsWith("-")
                && !group(parts, 3).isEmpty()
                && !group(parts, 3).equals("-")) body = group(parts, 3) + body;
        int width = group(parts, 5).isEmpty() ? 0 : Integer.parseInt(group(parts, 5));
        budget.make(width);
        boolean zero = group(parts, 4).equals("0");
        String fill = group(parts, 1).isEmpty() ? (zero ? "0" : " ") : group(parts, 1);
        String alignment = group(parts, 2).isEmpty() ? (zero && number ? "=" : number ? ">" : "<") : group(parts, 2);
        if (alignment.equals("=")) {
            int signs = body.startsWith("-") || body.startsWith("+") || body.startsWith(" ") ? 1 : 0;
            return body.substring(0, signs) + Padding.pad(body.substring(signs), width - signs, fill, '>');
        }
        if (alignment.equals("^")) {
            int missing = Math.max(0, width - PythonText.length(body));
            return fill.repeat(missing / 2) + body + fill.repeat(missing - missing / 2);
        }
        return Padding.pad(body, width, fill, alignment.charAt(0));
    }

    private String number(Value value, String type, int precision) {
        if (type.equals("%")) {
            double percent = Operators.real(value).orElseThrow() * 100;
            return NumberFormat.real(percent, 'f', precision < 0 ? 6 : precision) + "%";
        }
        if (!type.isEmpty() && "fFeEgG".contains(type))
            return NumberFormat.real(
                    Operators.real(value).orElseThrow(), type.charAt(0), precision < 0 ? 6 : precision);
        var whole = Operators.whole(value);
        if (whole.isEmpty()) {
            if (!type.isEmpty()) throw Fault.of("Unknown format code '" + type + "' for object of type 'float'");
            return precision < 0
                    ? printer.text(value)
                    : NumberFormat.real(Operators.real(value).orElseThrow(), 'g', precision);
        }
        return switch (type) {
            case "", "d", "n" -> whole.get().toString();
            case "x" -> whole.get().toString(16);
            case "X" -> whole.get().toString(16).toUpperCase(Locale.ROOT);
            case "o" -> whole.get().toString(8);
            case "b" -> whole.get().toString(2);
            default -> throw Fault.of("Unknown format code '" + type + "' for object of type 'int'");
        };
    }

    private static String grouped(String number, String separator) {
        int end = number.indexOf('.') < 0 ? number.length() : number.indexOf('.');
        StringBuilder out = new StringBuilder(number);
        int first = number.startsWith("-") ? 1 : 0;
        for (int i = end - 3; i > first; i -= 3) out.insert(i, separator);
        return out.toString();
    }

    private static String group(Matcher parts, int index) {
        String found = parts.group(index);
        return found == null ? "" : found;
    }
}
