package dev.savile.text.jinja;

import dev.savile.text.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Cut a template into tokens. White space is settled here: `-` strips, `+` keeps, a newline after a block is
/// dropped (trim_blocks), blanks before a block on its own line too (lstrip_blocks), and one newline at the end of
/// the template.
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Integer> lineStarts = new ArrayList<>();
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
        lineStarts.add(0);
        for (int i = 0; i < source.length(); i++) if (source.charAt(i) == '\n') lineStarts.add(i + 1);
    }

    static List<Token> tokens(String template) {
        String unified = template.replace("\r\n", "\n").replace('\r', '\n');
        if (unified.endsWith("\n")) unified = unified.substring(0, unified.length() - 1);
        return new Lexer(unified).run();
    }

    private List<Token> run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(at, source.length());
                at = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            int inside = tag + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            if (sign == '-' || sign == '+') inside++;
            else sign = ' ';
            data(at, stripped(at, tag, sign, kind));
            at = inside;
            switch (kind) {
                case '#' -> comment(tag);
                case '{' -> {
                    add(Kind.VARIABLE_BEGIN, "{{", tag);
                    expression(tag, '}');
                }
                default -> {
                    int raw = rawBegin(inside);
                    if (raw >= 0) raw(tag, raw);
                    else {
                        add(Kind.BLOCK_BEGIN, "{%", tag);
                        expression(tag, '%');
                    }
                }
            }
        }
        add(Kind.END, "", source.length());
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') return i;
        }
        return -1;
    }

    /// Return where the text before a tag ends once the tag's sign and lstrip_blocks have had their say.
    private int stripped(int from, int tag, char sign, char kind) {
        if (sign == '-') {
            int end = tag;
            while (end > from && PythonText.isSpace(source.charAt(end - 1))) end--;
            return end;
        }
        if (sign == '+' || kind == '{') return tag;
        int newline = tag == 0 ? -1 : source.lastIndexOf('\n', tag - 1);
        if (newline < from && !lineStarting) return tag;
        int start = Math.max(newline + 1, from);
        for (int i = start; i < tag; i++) if (!PythonText.isSpace(source.charAt(i))) return tag;
        return start;
    }

    private void comment(int tag) {
        int end = source.indexOf("#}", at);
        if (end < 0) throw Fault.syntax("Missing end of comment tag", position(tag));
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end + 2;
        afterBlock(sign);
    }

    private int rawBegin(int inside) {
        int i = skipSpace(inside);
        if (!source.startsWith("raw", i)) return -1;
        i = skipSpace(i + 3);
        if (source.startsWith("-%}", i)) return skipSpace(i + 3);
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void raw(int tag, int start) {
        lineStarting = start > 0 && source.charAt(start - 1) == '\n';
        for (int open = source.indexOf("{%", start); open >= 0; open = source.indexOf("{%", open + 1)) {
            int i = open + 2;
            char sign = i < source.length() ? source.charAt(i) : ' ';
            if (sign == '-' || sign == '+') i++;
            else sign = ' ';
            i = skipSpace(i);
            if (!source.startsWith("endraw", i)) continue;
            i = skipSpace(i + 6);
            char end = i < source.length() ? source.charAt(i) : ' ';
            if (end == '-' || end == '+') i++;
            else end = ' ';
            if (!source.startsWith("%}", i)) continue;
            data(start, stripped(start, open, sign, '%'));
            at = i + 2;
            afterBlock(end);
            return;
        }
        throw Fault.syntax("Missing end of raw directive", position(tag));
    }

    private void expression(int tag, char closing) {
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            at = skipSpace(at);
            if (at >= source.length())
                throw Fault.syntax("unexpected end of template, '" + closing + "}' is missing", position(tag));
            if (open.isEmpty() && ends(closing)) return;
            char c = source.charAt(at);
            if (c == '"' || c == '\'') string(c);
            else if (c >= '0' && c <= '9') number();
            else if (c == '_' || Character.isUnicodeIdentifierStart(c)) name();
            else operator(open);
        }
    }

    private boolean ends(char closing) {
        char sign = source.charAt(at);
        int i = sign == '-' || (sign == '+' && closing == '%') ? at + 1 : at;
        if (i + 1 >= source.length() || source.charAt(i) != closing || source.charAt(i + 1) != '}') return false;
        add(closing == '}' ? Kind.VARIABLE_END : Kind.BLOCK_END, closing + "}", at);
        at = i + 2;
        if (closing == '%') afterBlock(sign);
        else {
            int from = at;
            if (sign == '-') at = skipSpace(at);
            lineStarting = at > from && source.charAt(at - 1) == '\n';
        }
        return true;
    }

    /// Apply the sign at the end of a block or comment, or trim_blocks where there is none.
    private void afterBlock(char sign) {
        int from = at;
        if (sign == '-') at = skipSpace(at);
        else if (sign != '+' && at < source.length() && source.charAt(at) == '\n') at++;
        lineStarting = at > from && source.charAt(at - 1) == '\n';
    }

    private void string(char quote) {
        int start = at++;
        StringBuilder raw = new StringBuilder();
        while (at < source.length() && source.charAt(at) != quote) {
            if (source.charAt(at) == '\\' && at + 1 < source.length()) raw.append(source.charAt(at++));
            raw.append(source.charAt(at++));
        }
        if (at >= source.length()) throw Fault.syntax("a string is not closed", position(start));
        at++;
        add(Kind.STRING, PythonText.unescape(raw.toString(), position(start)), start);
    }

    private void number() {
        int start = at;
        if (source.charAt(at) == '0' && at + 1 < source.length() && "xXoObB".indexOf(source.charAt(at + 1)) >= 0) {
            at += 2;
            while (at < source.length() && (Character.digit(source.charAt(at), 16) >= 0 || source.charAt(at) == '_'))
                at++;
            add(Kind.INTEGER, source.substring(start, at).replace("_", ""), start);
            return;
        }
        digits();
        boolean real = false;
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.'; // x.0.1 is two lookups, not a number
        if (!afterDot && at + 1 < source.length() && source.charAt(at) == '.' && isDigit(source.charAt(at + 1))) {
            at++;
            digits();
            real = true;
        }
        if (!afterDot && at < source.length() && (source.charAt(at) == 'e' || source.charAt(at) == 'E')) {
            int i = at + 1;
            if (i < source.length() && (source.charAt(i) == '+' || source.charAt(i) == '-')) i++;
            if (i < source.length() && isDigit(source.charAt(i))) {
                at = i;
                digits();
                real = true;
            }
        }
        add(real ? Kind.FLOAT : Kind.INTEGER, source.substring(start, at).replace("_", ""), start);
    }

    private void digits() {
        while (at < source.length()
                && (isDigit(source.charAt(at))
                        || (source.charAt(at) == '_' && at + 1 < source.length() && isDigit(source.charAt(at + 1)))))
            at++;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void name() {
        int start = at;
        while (at < source.length()
                && (source.charAt(at) == '_' || Character.isUnicodeIdentifierPart(source.charAt(at)))) at++;
        add(Kind.NAME, source.substring(start, at), start);
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (!source.startsWith(operator, at)) continue;
            char c = operator.charAt(0);
            if (operator.length() == 1 && "([{".indexOf(c) >= 0) open.push(c == '(' ? ')' : c == '[' ? ']' : '}');
            if (operator.length() == 1 && ")]}".indexOf(c) >= 0) {
                if (open.isEmpty()) throw Fault.syntax("unexpected '" + c + "'", position(at));
                char expected = open.pop();
                if (expected != c)
                    throw Fault.syntax("unexpected '" + c + "', expected '" + expected + "'", position(at));
            }
            add(Kind.OPERATOR, operator, at);
            at += operator.length();
            return;
        }
        throw Fault.syntax("unexpected character '" + Character.toString(source.codePointAt(at)) + "'", position(at));
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && PythonText.isSpace(source.charAt(i))) i++;
        return i;
    }

    private void data(int from, int to) {
        if (to > from) add(Kind.DATA, source.substring(from, to), from);
    }

    private void add(Kind kind, String text, int offset) {
        tokens.add(new Token(kind, text, position(offset)));
    }

    private Position position(int offset) {
        int low = 0;
        int high = lineStarts.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (lineStarts.get(middle) <= offset) low = middle;
            else high = middle - 1;
        }
        return new Position(low + 1, offset - lineStarts.get(low) + 1);
    }
}
