package dev.savile.generate.constrain;

import dev.savile.common.Nearest;
import dev.savile.common.UserError;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// One place of a schema: what stands there, and its path for messages.
record SchemaNode(JsonNode json, String path) {
    /// Keywords that say nothing about what is valid.
    private static final List<String> ANNOTATIONS = List.of(
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly");

    boolean has(String keyword) {
        return json.has(keyword);
    }

    /// Tell whether an object may have no members but those that are named.
    boolean closed() {
        JsonNode others = json.path("additionalProperties");
        return others.isBoolean() && !others.booleanValue();
    }

    SchemaNode child(String key) {
        return new SchemaNode(json.get(key), path + "/" + key);
    }

    /// Refuse every keyword but these and the annotations.
    void allow(Collection<String> keywords) {
        for (String keyword : json.propertyNames()) {
            if (keywords.contains(keyword) || ANNOTATIONS.contains(keyword)) continue;
            throw child(keyword)
                    .refused(
                            "'" + keyword + "' is not supported here",
                            Nearest.to(keyword, keywords)
                                    .map(near -> "did you mean " + near + "?")
                                    .orElse("supported here: " + String.join(", ", keywords)));
        }
    }

    UserError refused(String problem, String fix) {
        return Refusal.schema(path, problem, fix);
    }

    /// Read a count, if it is there.
    int count(String keyword, int absent) {
        if (!has(keyword)) return absent;
        JsonNode value = json.get(keyword);
        boolean count =
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
        if (!count || value.decimalValue().signum() < 0 || !value.canConvertToInt())
            throw child(keyword).refused("'" + value + "' is no count", "give a whole number from 0");
        return value.asInt();
    }

    Optional<BigDecimal> number(String keyword) {
        if (!has(keyword)) return Optional.empty();
        JsonNode value = json.get(keyword);
        if (!value.isNumber()) throw child(keyword).refused("'" + value + "' is no number", "give a number");
        return Optional.of(value.decimalValue());
    }

    String text(String keyword) {
        JsonNode value = json.get(keyword);
        if (!value.isString()) throw child(keyword).refused("'" + value + "' is no string", "give a string");
        return value.stringValue();
    }

    /// Read the elements of an array that must not be empty.
    List<SchemaNode> elements(String keyword) {
        SchemaNode array = child(keyword);
        if (!array.json.isArray() || array.json.isEmpty())
            throw array.refused("this is no array, or an empty one", "give an array with at least one element");
        List<SchemaNode> elements = new ArrayList<>();
        for (int i = 0; i < array.json.size(); i++)
            elements.add(new SchemaNode(array.json.get(i), array.path + "/" + i));
        return elements;
    }

    /// Refuse text that could not be written.
    String requireCharacters(String text) {
        if (!JsonSyntax.writes(text))
            throw refused("half of a surrogate pair or a control character stands here", "write other characters");
        return text;
    }
}
