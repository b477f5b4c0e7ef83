package dev.savile.generate.constrain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Read what a schema says about strings.
final class SchemaStrings {
    static final List<String> KEYWORDS = List.of("minLength", "maxLength", "pattern", "format");

    private static final String DAY_OF_ANY_YEAR = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    private static final String LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
    private static final String DATE = "([0-9]{4}-" + DAY_OF_ANY_YEAR + "|" + LEAP_YEAR + "-02-29)";
    private static final String TIME =
            "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])";

    /// Expressions for the formats of RFC 3339 and RFC 9562.
    private static final Map<String, String> FORMATS = new LinkedHashMap<>();

    static {
        FORMATS.put("date", DATE);
        FORMATS.put("time", TIME);
        FORMATS.put("date-time", DATE + "T" + TIME);
        FORMATS.put("uuid", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    }

    private SchemaStrings() {}

    static Expression read(SchemaNode node) {
        boolean counted = node.has("minLength") || node.has("maxLength");
        if ((counted ? 1 : 0) + (node.has("pattern") ? 1 : 0) + (node.has("format") ? 1 : 0) > 1)
            throw node.refused(
                    "a string has a length, a pattern or a format, here it has several",
                    "put the length into the pattern: ^[a-z]{2,10}$");
        if (node.has("pattern")) return pattern(node);
        if (node.has("format")) return format(node);
        int min = node.count("minLength", 0);
        int max = node.count("maxLength", Expression.UNBOUNDED);
        if (min > max) throw node.child("minLength").refused("it is above maxLength", "swap them");
        return JsonSyntax.string(Expression.repeat(JsonSyntax.CHARACTER, min, max));
    }

    /// A pattern may match anywhere in the string unless it says otherwise.
    private static Expression pattern(SchemaNode node) {
        Expression around = Expression.repeat(JsonSyntax.CHARACTER, 0, Expression.UNBOUNDED);
        String where = "the pattern at " + node.path();
        Expression text = ExpressionParser.anywhere(where, node.text("pattern"), around);
        return JsonSyntax.string(text);
    }

    private static Expression format(SchemaNode node) {
        String name = node.text("format");
        String expression = FORMATS.get(name);
        if (expression == null)
            throw node.child("format")
                    .refused(
                            "the format '" + name + "' is not known",
                            "use one of " + String.join(", ", FORMATS.keySet()) + ", or a pattern");
        return JsonSyntax.string(ExpressionParser.whole("the format " + name, expression));
    }
}
