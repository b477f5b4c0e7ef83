package dev.savile.generate.constrain;

import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.List;

/// Read a regular expression.
///
/// The syntax is the part that Java, JavaScript and Python share. What needs memory of the text before (references
/// back) or looks around (`(?=`, `\b`) has no automaton of bounded size and is refused, as is what the languages
/// read differently. Lazy quantifiers are read as plain ones: they match the same texts.
final class ExpressionParser {
    private static final int MAX_LENGTH = 1 << 16;
    private static final int MAX_DEPTH = 100;
    private static final int MAX_COUNT_DIGITS = 9;

    private final String where;
    private final String source;
    private int at;
    private int depth;

    private ExpressionParser(String where, String source) {
        this.where = where;
        this.source = source;
    }

    /// Read an expression that the whole text must match.
    ///
    /// @param where what the expression is called in messages
    /// @throws UserError `constrain.regex` or `constrain.too-large`
    static Expression whole(String where, String source) {
        return anywhere(where, source, Expression.EMPTY);
    }

    /// Read an expression that may match a part of the text.
    ///
    /// @param around what may stand before it and behind it, where no `^` or `$` forbids it
    static Expression anywhere(String where, String source, Expression around) {
        if (source.length() > MAX_LENGTH)
            throw Refusal.tooLarge(
                    where + " has " + source.length() + " characters, at most " + MAX_LENGTH + " are read");
        return new ExpressionParser(where, source).top(around);
    }

    private Expression top(Expression around) {
        List<Expression> alternatives = new ArrayList<>();
        do {
            Expression before = accept('^') ? Expression.EMPTY : around;
            Expression body = sequence();
            Expression behind = accept('$') ? Expression.EMPTY : around;
            alternatives.add(Expression.sequence(before, body, behind));
        } while (accept('|'));
        if (more()) throw refused(at, peek() == ')' ? "no group is open here" : "$ stands inside the expression");
        return Expression.choice(alternatives);
    }

    private Expression alternatives() {
        List<Expression> alternatives = new ArrayList<>();
        do alternatives.add(sequence());
        while (accept('|'));
        return Expression.choice(alternatives);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (more() && peek() != '|' && peek() != ')' && peek() != '$') parts.add(quantified());
        return Expression.sequence(parts);
    }

    private Expression quantified() {
        Expression atom = atom();
        if (!quantifier()) return atom;
        int start = at;
        Expression repeated =
                switch (source.charAt(at++)) {
                    case '*' -> Expression.repeat(atom, 0, Expression.UNBOUNDED);
                    case '+' -> Expression.repeat(atom, 1, Expression.UNBOUNDED);
                    case '?' -> Expression.repeat(atom, 0, 1);
                    default -> counted(atom, start);
                };
        accept('?'); // lazy: the same texts
        if (more() && peek() == '+') throw refused(at, "possessive quantifiers give nothing back");
        if (quantifier()) throw refused(at, "two quantifiers stand behind each other");
        return repeated;
    }

    private boolean quantifier() {
        return more() && "*+?{".indexOf(peek()) >= 0;
    }

    private Expression counted(Expression atom, int start) {
        int min = count(start);
        int max = min;
        if (accept(',')) max = more() && peek() == '}' ? Expression.UNBOUNDED : count(start);
        if (!accept('}')) throw notACount(start);
        if (max < min) throw refused(start, "the larger count stands first");
        return Expression.repeat(atom, min, max);
    }

    private int count(int start) {
        int from = at;
        while (more() && peek() >= '0' && peek() <= '9') at++;
        if (at == from) throw notACount(start);
        if (at - from > MAX_COUNT_DIGITS) throw Refusal.tooLarge(where + " counts to " + source.substring(from, at));
        return Integer.parseInt(source, from, at, 10);
    }

    private UserError notACount(int start) {
        return refused(start, "this is no count; \\{ is the character");
    }

    private Expression atom() {
        int start = at;
        int point = next();
        return switch (point) {
            case '(' -> group(start);
            case '[' -> Expression.characters(characterClass(start));
            case '.' -> Expression.characters(CharacterClasses.NO_LINE_END);
            case '\\' -> Expression.characters(escape(start));
            case '^' -> throw refused(start, "^ stands inside the expression");
            case '*', '+', '?', '{' ->
                throw refused(start, "there is nothing to repeat; \\ before it makes it a character");
            default -> Expression.text(Character.toString(point));
        };
    }

    private Expression group(int start) {
        if (accept('?')) {
            boolean named = source.startsWith("<", at) && source.indexOf('>', at) > 0 && !lookBehind();
            if (named) at = source.indexOf('>', at) + 1;
            else if (!accept(':')) throw refused(start, "a group of this kind looks around, or sets a flag");
        }
        if (++depth > MAX_DEPTH)
            throw Refusal.tooLarge(where + " has groups inside each other, more than " + MAX_DEPTH + " deep");
        Expression inside = alternatives();
        depth--;
        if (more() && peek() == '$') throw refused(at, "$ stands inside a group");
        if (!accept(')')) throw refused(start, "this group is not closed");
        return inside;
    }

    private boolean lookBehind() {
        return source.startsWith("<=", at) || source.startsWith("<!", at);
    }

    private CodePoints characterClass(int start) {
        boolean negated = accept('^');
        if (more() && peek() == ']') throw refused(start, "this class is empty; \\] is the character");
        CodePoints set = CodePoints.of();
        while (!accept(']')) {
            if (!more()) throw refused(start, "this class is not closed");
            int from = at;
            CodePoints item = classItem(start);
            boolean range = more() && peek() == '-' && at + 1 < source.length() && source.charAt(at + 1) != ']';
            if (range) {
                at++;
                CodePoints end = classItem(start);
                if (!item.single() || !end.single()) throw refused(from, "a range runs between single characters");
                if (end.first(0) < item.first(0)) throw refused(from, "the larger character stands first");
                item = CodePoints.of(item.first(0), end.first(0));
            }
            set = set.union(item);
        }
        return negated ? set.complement() : set;
    }

    private CodePoints classItem(int start) {
        if (!more()) throw refused(start, "this class is not closed");
        int from = at;
        int point = next();
        if (point == '\\') return escape(from);
        if (point == '[') throw refused(from, "a class stands inside a class; \\[ is the character");
        if (point == '&' && more() && peek() == '&') throw refused(from, "&& cuts classes in some languages only");
        return CodePoints.of(point, point);
    }

    /// Read what stands behind a backslash.
    private CodePoints escape(int start) {
        if (!more()) throw refused(start, "nothing follows the backslash");
        int point = next();
        return switch (point) {
            case 'd' -> CharacterClasses.DIGITS;
            case 'D' -> CharacterClasses.DIGITS.complement();
            case 'w' -> CharacterClasses.WORD;
            case 'W' -> CharacterClasses.WORD.complement();
            case 's' -> CharacterClasses.BLANKS;
            case 'S' -> CharacterClasses.BLANKS.complement();
            case 'p' -> category(start);
            case 'P' -> category(start).complement();
            case 'n' -> CodePoints.of('\n', '\n');
            case 'r' -> CodePoints.of('\r', '\r');
            case 't' -> CodePoints.of('\t', '\t');
            case 'f' -> CodePoints.of('\f', '\f');
            case 'x' -> character(hex(start, 2), start);
            case 'u' -> unicode(start);
            default -> {
                if (Character.isLetterOrDigit(point))
                    throw refused(start, "this escape looks around or back, or is read differently elsewhere");
                yield CodePoints.of(point, point);
            }
        };
    }

    private CodePoints category(int start) {
        int end = source.indexOf('}', at);
        if (!accept('{') || end < 0) throw refused(start, "a category stands in braces: \\p{L}");
        String name = source.substring(at, end);
        at = end + 1;
        return CharacterClasses.category(name)
                .orElseThrow(() -> refused(start, "'" + name + "' is no general category of Unicode"));
    }

    private CodePoints unicode(int start) {
        int unit = hex(start, 4);
        if (!Character.isHighSurrogate((char) unit) || !source.startsWith("\\u", at)) return character(unit, start);
        at += 2;
        int low = hex(start, 4);
        if (!Character.isLowSurrogate((char) low)) throw halfACharacter(start);
        int point = Character.toCodePoint((char) unit, (char) low);
        return CodePoints.of(point, point);
    }

    private CodePoints character(int point, int start) {
        if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) throw halfACharacter(start);
        return CodePoints.of(point, point);
    }

    private int hex(int start, int digits) {
        int end = at + digits;
        if (end > source.length() || !source.substring(at, end).matches("[0-9a-fA-F]+"))
            throw refused(start, digits + " hexadecimal digits must follow");
        int value = Integer.parseInt(source, at, end, 16);
        at = end;
        return value;
    }

    private int next() {
        int point = source.codePointAt(at);
        if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) throw halfACharacter(at);
        at += Character.charCount(point);
        return point;
    }

    private UserError halfACharacter(int start) {
        return refused(start, "this is half of a surrogate pair, no character");
    }

    private boolean more() {
        return at < source.length();
    }

    private char peek() {
        return source.charAt(at);
    }

    private boolean accept(char c) {
        if (!more() || peek() != c) return false;
        at++;
        return true;
    }

    private UserError refused(int place, String problem) {
        return Refusal.regex(where, source, place, problem);
    }
}
