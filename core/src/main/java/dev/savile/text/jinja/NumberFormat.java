package dev.savile.text.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/// Print floats with a given number of digits, rounding the exact binary value half to even as C does.
final class NumberFormat {
    private static final int MAX_PRECISION = 1000;

    private NumberFormat() {}

    /// @param type `f`, `e` or `g`, or their upper case
    static String real(double value, char type, int precision) {
        if (precision > MAX_PRECISION) throw Fault.limit("a precision of " + precision + " digits");
        if (Double.isNaN(value) || Double.isInfinite(value)) return PythonText.real(value);
        boolean negative = value < 0 || (value == 0 && 1 / value < 0);
        BigDecimal exact = new BigDecimal(Math.abs(value));
        String digits =
                switch (Character.toLowerCase(type)) {
                    case 'f' ->
                        exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
                    case 'e' -> scientific(exact, precision);
                    default -> general(exact, Math.max(1, precision));
                };
        String signed = negative ? "-" + digits : digits;
        return Character.isUpperCase(type) ? signed.toUpperCase(Locale.ROOT) : signed;
    }

    private static String scientific(BigDecimal exact, int precision) {
        BigDecimal rounded = exact.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        BigDecimal mantissa = rounded.movePointLeft(exponent).setScale(precision, RoundingMode.HALF_EVEN);
        return mantissa.toPlainString() + exponent(exponent);
    }

    private static String exponent(int exponent) {
        return "e" + (exponent < 0 ? "-" : "+") + String.format(Locale.ROOT, "%02d", Math.abs(exponent));
    }

    private static String general(BigDecimal exact, int precision) {
        BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
        if (rounded.signum() == 0) return "0";
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent < precision)
            return rounded.stripTrailingZeros().toPlainString();
        return rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString() + exponent(exponent);
    }
}
