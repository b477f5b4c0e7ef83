package dev.savile.generate.constrain;

import dev.savile.generate.constrain.Expression.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Read a JSON schema (drafts 7 to 2020-12) into the texts that an answer may be.
///
/// Every text that is accepted satisfies the schema; not every value that satisfies it is accepted. What is narrower:
/// members come in the order of `properties` and others never, strings have one form ([JsonSyntax]), numbers have at
/// most 18 digits, and what contains itself does so at most three levels deep. What cannot be held to is refused by
/// name, and so is a keyword that has no meaning where it stands.
final class SchemaReader {
    private static final int MAX_VISITS = 20_000;
    private static final int MAX_DEPTH = 64;

    /// What contains itself: the whole and three inside each other.
    private static final int MAX_OPEN = 4;

    private static final Map<String, List<String>> KEYWORDS = new LinkedHashMap<>();

    static {
        KEYWORDS.put("object", List.of("properties", "required", "additionalProperties"));
        KEYWORDS.put("array", List.of("items", "minItems", "maxItems"));
        KEYWORDS.put("string", SchemaStrings.KEYWORDS);
        KEYWORDS.put("number", SchemaNumbers.KEYWORDS);
        KEYWORDS.put("integer", SchemaNumbers.KEYWORDS);
        KEYWORDS.put("boolean", List.of());
        KEYWORDS.put("null", List.of());
    }

    private final SchemaReferences references;
    private final Map<String, Integer> open = new HashMap<>(); // by reference: how often it is being read
    private int visits;

    private SchemaReader(JsonNode root) {
        references = new SchemaReferences(root);
        open.put("#", 1);
    }

    /// @throws dev.savile.common.UserError `constrain.schema`, `constrain.regex` or `constrain.too-large`
    static Expression read(JsonNode root) {
        var place = new SchemaNode(root, "#");
        Expression expression = new SchemaReader(root).schema(place, 0);
        if (Expression.isNothing(expression))
            throw place.refused(
                    "no value of a finite size satisfies it",
                    "make members that contain the whole again optional, and check the bounds");
        return expression;
    }

    private Expression schema(SchemaNode node, int depth) {
        if (++visits > MAX_VISITS || depth > MAX_DEPTH)
            throw Refusal.tooLarge("with its references written out the schema has more than " + MAX_VISITS
                    + " places, or is more than " + MAX_DEPTH + " deep");
        if (!node.json().isObject())
            throw node.refused("'" + node.json() + "' does not say what is to be written", "give a schema with a type");
        if (node.has("$ref")) return reference(node, depth);
        if (node.has("enum") || node.has("const")) return values(node);
        for (String union : List.of("anyOf", "oneOf", "allOf"))
            if (node.has(union)) {
                node.allow(List.of(union));
                return union(node, union, depth);
            }
        List<String> types = types(node);
        var allowed = new TreeSet<String>(List.of("type"));
        for (String type : types) allowed.addAll(KEYWORDS.get(type));
        node.allow(allowed);
        return Expression.choice(
                types.stream().map(type -> ofType(node, type, depth)).toList());
    }

    private Expression reference(SchemaNode node, int depth) {
        node.allow(List.of("$ref"));
        String name = node.text("$ref");
        SchemaNode target = references.target(node);
        int times = open.merge(name, 1, Integer::sum);
        Expression expression = times > MAX_OPEN ? Expression.NOTHING : schema(target, depth + 1);
        open.put(name, times - 1);
        return expression;
    }

    private Expression union(SchemaNode node, String keyword, int depth) {
        List<SchemaNode> branches = node.elements(keyword);
        if (keyword.equals("allOf") && branches.size() > 1)
            throw node.child(keyword)
                    .refused("several schemas must hold at once", "write them as one, or leave one of them");
        if (keyword.equals("oneOf")) references.requireDisjoint(node, branches);
        return Expression.choice(
                branches.stream().map(branch -> schema(branch, depth + 1)).toList());
    }

    private static Expression values(SchemaNode node) {
        node.allow(List.of("enum", "const", "type"));
        if (node.has("enum") && node.has("const"))
            throw node.refused("both enum and const stand here", "leave one of them");
        List<SchemaNode> values = node.has("const") ? List.of(node.child("const")) : node.elements("enum");
        List<Expression> texts = new ArrayList<>();
        for (SchemaNode value : values) {
            if (node.has("type") && SchemaTypes.of(value.json()).stream().noneMatch(SchemaTypes.named(node)::contains))
                throw value.refused("'" + value.json() + "' is not of the type", "leave it or the type away");
            texts.add(value(value));
        }
        return Expression.choice(texts);
    }

    private static Expression value(SchemaNode node) {
        JsonNode json = node.json();
        String text = node.requireCharacters(json.isString() ? json.stringValue() : json.toString());
        return json.isString() ? JsonSyntax.string(Expression.text(text)) : Expression.text(text);
    }

    /// The types that are named, or else the one whose keywords are used.
    private static List<String> types(SchemaNode node) {
        if (node.has("type")) {
            for (String type : SchemaTypes.named(node))
                if (!KEYWORDS.containsKey(type))
                    throw node.child("type")
                            .refused("'" + type + "' is no type", "use one of " + String.join(", ", KEYWORDS.keySet()));
            return SchemaTypes.named(node);
        }
        Optional<String> meant = KEYWORDS.entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(node::has))
                .map(Map.Entry::getKey)
                .findFirst();
        return List.of(meant.orElseThrow(() -> node.refused(
                "it does not say what is to be written",
                "give a type, enum, const, anyOf, oneOf or $ref; any value at all cannot be asked for")));
    }

    private Expression ofType(SchemaNode node, String type, int depth) {
        return switch (type) {
            case "object" -> object(node, depth);
            case "array" -> array(node, depth);
            case "string" -> SchemaStrings.read(node);
            case "integer" -> SchemaNumbers.integer(node);
            case "number" -> SchemaNumbers.number(node);
            case "boolean" -> Expression.choice(Expression.text("true"), Expression.text("false"));
            case "null" -> Expression.text("null");
            default -> throw new IllegalStateException(type);
        };
    }

    private Expression object(SchemaNode node, int depth) {
        if (node.has("additionalProperties") && !node.closed())
            throw node.child("additionalProperties")
                    .refused(
                            "members that are not named cannot be asked for",
                            "set it to false or leave it away, and name all members in properties");
        List<String> required = new ArrayList<>();
        if (node.has("required")) required.addAll(SchemaTypes.strings(node.child("required")));
        SchemaNode properties = node.has("properties") ? node.child("properties") : null;
        List<Part> members = new ArrayList<>();
        if (properties != null) {
            if (!properties.json().isObject())
                throw properties.refused("this is no object", "name each member with its schema");
            for (String name : properties.json().propertyNames()) {
                SchemaNode member = properties.child(name);
                member.requireCharacters(name);
                members.add(new Part(JsonSyntax.member(name, schema(member, depth + 1)), required.remove(name)));
            }
        }
        if (!required.isEmpty())
            throw node.child("required")
                    .refused(
                            "'" + required.getFirst() + "' is required but not described", "describe it in properties");
        return JsonSyntax.object(members);
    }

    private Expression array(SchemaNode node, int depth) {
        int min = node.count("minItems", 0);
        int max = node.count("maxItems", Expression.UNBOUNDED);
        if (min > max) throw node.child("minItems").refused("it is above maxItems", "swap them");
        if (!node.has("items")) throw node.refused("it does not say what its elements are", "describe them with items");
        return JsonSyntax.array(schema(node.child("items"), depth + 1), min, max);
    }
}
