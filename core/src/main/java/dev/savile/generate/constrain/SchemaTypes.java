package dev.savile.generate.constrain;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Know the types of JSON by their names.
final class SchemaTypes {
    private SchemaTypes() {}

    /// The types that a value has; a whole number is an integer too.
    static List<String> of(JsonNode value) {
        if (value.isObject()) return List.of("object");
        if (value.isArray()) return List.of("array");
        if (value.isString()) return List.of("string");
        if (value.isBoolean()) return List.of("boolean");
        if (value.isNull()) return List.of("null");
        boolean whole = value.decimalValue().stripTrailingZeros().scale() <= 0;
        return whole ? List.of("integer", "number") : List.of("number");
    }

    /// The types that a schema names, in its order.
    static List<String> named(SchemaNode node) {
        SchemaNode type = node.child("type");
        return type.json().isString() ? List.of(type.json().stringValue()) : strings(type);
    }

    /// Read an array of strings, each of which stands in it once.
    static List<String> strings(SchemaNode array) {
        Set<String> strings = new LinkedHashSet<>();
        boolean sound = array.json().isArray();
        for (JsonNode element : array.json()) sound &= element.isString() && strings.add(element.stringValue());
        if (!sound)
            throw array.refused("this is no array of different strings", "give an array of strings, each of them once");
        return List.copyOf(strings);
    }
}
