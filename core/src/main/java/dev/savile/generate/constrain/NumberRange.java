package dev.savile.generate.constrain;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/// Write the numbers between two bounds, digit by digit.
///
/// Whole numbers have at most 18 digits, so that they fit into 64 bits. Of the numbers from 27 to 431, for example,
/// those of two digits are `2[7-9]|[3-9][0-9]`, and those of three `[1-3][0-9]{2}|4([0-2][0-9]|3[0-1])`.
final class NumberRange {
    static final long LARGEST = 999_999_999_999_999_999L;

    private static final int MAX_DECIMALS = 15;
    private static final Expression DECIMALS = read("(\\.[0-9]{1," + MAX_DECIMALS + "})?");
    private static final Expression ZEROS = read("(\\.0{1," + MAX_DECIMALS + "})?");
    private static final Expression SOME_DECIMALS = read("\\.[0-9]{0," + (MAX_DECIMALS - 1) + "}[1-9]0{0,2}");

    /// Any number; with at most two digits of an exponent, so that it is finite in 64 bits.
    static final Expression ANY =
            read("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1," + MAX_DECIMALS + "})?([eE][+-]?[0-9]{1,2})?");

    private NumberRange() {}

    private static Expression read(String expression) {
        return ExpressionParser.whole("a number", expression);
    }

    /// One end of a range.
    ///
    /// @param open whether the value itself lies outside
    record Bound(BigDecimal value, boolean open) {
        static final Bound LOWEST = new Bound(BigDecimal.valueOf(-LARGEST), false);
        static final Bound HIGHEST = new Bound(BigDecimal.valueOf(LARGEST), false);

        boolean whole() {
            return value.stripTrailingZeros().scale() <= 0;
        }

        private long clamped(RoundingMode mode) {
            BigDecimal rounded = value.setScale(0, mode);
            return rounded.max(LOWEST.value).min(HIGHEST.value).longValueExact();
        }
    }

    /// The whole numbers between two bounds.
    static Expression integers(Bound low, Bound high) {
        long first = low.clamped(RoundingMode.CEILING);
        long last = high.clamped(RoundingMode.FLOOR);
        if (low.open && low.whole()) first++;
        if (high.open && high.whole()) last--;
        if (first > last || beyondAll(low, high)) return Expression.NOTHING;
        List<Expression> parts = new ArrayList<>();
        if (first < 0) parts.add(negative(magnitudes(Math.max(1, -last), -first)));
        if (last >= 0) parts.add(magnitudes(Math.max(0, first), last));
        return Expression.choice(parts);
    }

    /// The decimal numbers between two whole bounds, without exponents.
    static Expression decimals(Bound low, Bound high) {
        long first = low.clamped(RoundingMode.FLOOR);
        long last = high.clamped(RoundingMode.CEILING);
        if (beyondAll(low, high)) return Expression.NOTHING;
        if (first >= 0) return decimals(first, low.open, last, high.open);
        if (last < 0) return negative(decimals(-last, high.open, -first, low.open));
        // 0 itself is written without a sign
        return Expression.choice(negative(decimals(0, true, -first, low.open)), decimals(0, false, last, high.open));
    }

    private static boolean beyondAll(Bound low, Bound high) {
        return low.value.compareTo(Bound.HIGHEST.value) > 0 || high.value.compareTo(Bound.LOWEST.value) < 0;
    }

    private static Expression decimals(long first, boolean firstOpen, long last, boolean lastOpen) {
        if (first > last) return Expression.NOTHING;
        Expression low = magnitudes(first, first);
        Expression high = magnitudes(last, last);
        if (first == last) return firstOpen || lastOpen ? Expression.NOTHING : Expression.sequence(low, ZEROS);
        List<Expression> parts = new ArrayList<>();
        parts.add(Expression.sequence(low, firstOpen ? SOME_DECIMALS : DECIMALS));
        if (first + 1 < last) parts.add(Expression.sequence(magnitudes(first + 1, last - 1), DECIMALS));
        if (!lastOpen) parts.add(Expression.sequence(high, ZEROS));
        return Expression.choice(parts);
    }

    private static Expression negative(Expression magnitude) {
        return Expression.sequence(Expression.text("-"), magnitude);
    }

    /// The whole numbers from one that is not negative to another.
    private static Expression magnitudes(long first, long last) {
        List<Expression> parts = new ArrayList<>();
        long least = 0;
        long beyond = 10;
        while (least <= last) {
            long low = Math.max(first, least);
            long high = Math.min(last, beyond - 1);
            if (low <= high) parts.add(between(Long.toString(low), Long.toString(high)));
            least = beyond;
            beyond *= 10; // overflows in the last round alone: LARGEST has 18 digits
        }
        return Expression.choice(parts);
    }

    /// The numbers between two of the same length.
    private static Expression between(String low, String high) {
        if (low.isEmpty()) return Expression.EMPTY;
        int rest = low.length() - 1;
        char first = low.charAt(0);
        char last = high.charAt(0);
        String lowRest = low.substring(1);
        String highRest = high.substring(1);
        if (first == last) return Expression.sequence(digits(first, last), between(lowRest, highRest));
        List<Expression> parts = new ArrayList<>();
        boolean fromZero = lowRest.equals("0".repeat(rest)); // then the first digit needs no case of its own
        boolean toNine = highRest.equals("9".repeat(rest));
        char from = fromZero ? first : (char) (first + 1);
        char to = toNine ? last : (char) (last - 1);
        if (!fromZero) parts.add(Expression.sequence(digits(first, first), between(lowRest, "9".repeat(rest))));
        if (from <= to)
            parts.add(Expression.sequence(digits(from, to), Expression.repeat(digits('0', '9'), rest, rest)));
        if (!toNine) parts.add(Expression.sequence(digits(last, last), between("0".repeat(rest), highRest)));
        return Expression.choice(parts);
    }

    private static Expression digits(char first, char last) {
        return Expression.characters(CodePoints.of(first, last));
    }
}
