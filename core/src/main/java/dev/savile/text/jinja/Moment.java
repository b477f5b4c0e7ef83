package dev.savile.text.jinja;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/// Print a time by a pattern of Python's `strftime`, in English.
final class Moment {
    private Moment() {}

    static String format(ZonedDateTime time, String pattern) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 >= pattern.length()) {
                out.append(c);
                continue;
            }
            char code = pattern.charAt(++i);
            boolean unpadded = code == '-' && i + 1 < pattern.length();
            if (unpadded) code = pattern.charAt(++i);
            String part = part(time, code);
            out.append(unpadded ? part.replaceFirst("^[0 ]+(?=.)", "") : part);
        }
        return out.toString();
    }

    private static String part(ZonedDateTime time, char code) {
        Locale english = Locale.ENGLISH;
        return switch (code) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, english);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, english);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, english);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, english);
            case 'c' -> format(time, "%a %b %e %H:%M:%S %Y");
            case 'd' -> two(time.getDayOfMonth());
            case 'D', 'x' -> format(time, "%m/%d/%y");
            case 'e' -> String.format(Locale.ROOT, "%2d", time.getDayOfMonth());
            case 'f' -> String.format(Locale.ROOT, "%06d", time.getNano() / 1000);
            case 'F' -> format(time, "%Y-%m-%d");
            case 'H' -> two(time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'j' -> String.format(Locale.ROOT, "%03d", time.getDayOfYear());
            case 'm' -> two(time.getMonthValue());
            case 'M' -> two(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'R' -> format(time, "%H:%M");
            case 's' -> String.valueOf(time.toEpochSecond());
            case 'S' -> two(time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> format(time, "%H:%M:%S");
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'y' -> two(time.getYear() % 100);
            case 'Y' -> String.valueOf(time.getYear());
            case 'z', 'Z' -> ""; // Python's local time carries no zone
            case '%' -> "%";
            default -> "%" + code;
        };
    }

    private static String two(int number) {
        return String.format(Locale.ROOT, "%02d", number);
    }
}
