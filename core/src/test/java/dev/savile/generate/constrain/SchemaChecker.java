package dev.savile.generate.constrain;

import dev.savile.common.Json;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;

/// Tell whether JSON satisfies a schema, straight from the words of the specification.
record SchemaChecker(JsonNode root) {
    /// Read a text as strictly as can be and check it.
    boolean valid(String text) {
        JsonNode value = Json.strict()
                .reader()
                .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .readTree(text);
        return valid(value, root);
    }

    private boolean valid(JsonNode value, JsonNode schema) {
        if (schema.has("$ref")) {
            String name = schema.get("$ref").stringValue();
            return valid(value, name.equals("#") ? root : root.at(name.substring(1)));
        }
        for (JsonNode branch : schema.path("allOf")) if (!valid(value, branch)) return false;
        if (schema.has("anyOf") && satisfied(value, schema.get("anyOf")) == 0) return false;
        if (schema.has("oneOf") && satisfied(value, schema.get("oneOf")) != 1) return false;
        if (schema.has("const") && !same(value, schema.get("const"))) return false;
        if (schema.has("enum")) {
            boolean found = false;
            for (JsonNode allowed : schema.get("enum")) found |= same(value, allowed);
            if (!found) return false;
        }
        return typed(value, schema.path("type"))
                && (!value.isString() || string(value.stringValue(), schema))
                && (!value.isNumber() || number(value.decimalValue(), schema))
                && (!value.isArray() || array(value, schema))
                && (!value.isObject() || object(value, schema));
    }

    private int satisfied(JsonNode value, JsonNode branches) {
        int count = 0;
        for (JsonNode branch : branches) if (valid(value, branch)) count++;
        return count;
    }

    private static boolean same(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) return one.decimalValue().compareTo(other.decimalValue()) == 0;
        return one.equals(other);
    }

    private static boolean typed(JsonNode value, JsonNode type) {
        if (type.isMissingNode()) return true;
        if (type.isArray()) {
            for (JsonNode one : type) if (typed(value, one)) return true;
            return false;
        }
        return switch (type.stringValue()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "number" -> value.isNumber();
            case "integer" ->
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    private static boolean string(String text, JsonNode schema) {
        int length = text.codePointCount(0, text.length());
        if (schema.has("minLength") && length < schema.get("minLength").asInt()) return false;
        if (schema.has("maxLength") && length > schema.get("maxLength").asInt()) return false;
        if (schema.has("pattern")
                && !Pattern.compile(schema.get("pattern").stringValue())
                        .matcher(text)
                        .find()) return false;
        return switch (schema.path("format").asString("")) {
            case "" -> true;
            case "date" -> LocalDate.parse(text) != null;
            case "time" -> OffsetTime.parse(text) != null;
            case "date-time" -> OffsetDateTime.parse(text) != null;
            case "uuid" -> UUID.fromString(text).toString().equals(text);
            default -> throw new IllegalArgumentException(schema.toString());
        };
    }

    private static boolean number(BigDecimal value, JsonNode schema) {
        return (!schema.has("minimum") || value.compareTo(schema.get("minimum").decimalValue()) >= 0)
                && (!schema.has("maximum")
                        || value.compareTo(schema.get("maximum").decimalValue()) <= 0)
                && (!schema.has("exclusiveMinimum")
                        || value.compareTo(schema.get("exclusiveMinimum").decimalValue()) > 0)
                && (!schema.has("exclusiveMaximum")
                        || value.compareTo(schema.get("exclusiveMaximum").decimalValue()) < 0);
    }

    private boolean array(JsonNode value, JsonNode schema) {
        if (schema.has("minItems") && value.size() < schema.get("minItems").asInt()) return false;
        if (schema.has("maxItems") && value.size() > schema.get("maxItems").asInt()) return false;
        if (schema.has("items")) for (JsonNode item : value) if (!valid(item, schema.get("items"))) return false;
        return true;
    }

    private boolean object(JsonNode value, JsonNode schema) {
        for (JsonNode name : schema.path("required")) if (!value.has(name.stringValue())) return false;
        JsonNode properties = schema.path("properties");
        boolean closed = !schema.path("additionalProperties").asBoolean(true);
        for (String name : value.propertyNames()) {
            if (properties.has(name) && !valid(value.get(name), properties.get(name))) return false;
            if (closed && !properties.has(name)) return false;
        }
        return true;
    }
}
