package dev.savile.generate.constrain;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Find what references name, and tell which schemas no value can satisfy together.
///
/// The second serves `oneOf`, which forbids values that satisfy two of its branches: an automaton that accepts
/// whatever one of them accepts would let such a value pass. So branches must be told apart by their types, by
/// constants, or by a required member that is told apart; in doubt they are refused.
final class SchemaReferences {
    private static final int MAX_STEPS = 32;

    private final JsonNode root;

    SchemaReferences(JsonNode root) {
        this.root = root;
    }

    /// Return what the `$ref` of a node names.
    SchemaNode target(SchemaNode node) {
        String name = node.text("$ref");
        if (!name.equals("#") && !name.startsWith("#/"))
            throw node.child("$ref")
                    .refused(
                            "'" + name + "' is not a part of this schema",
                            "copy it into $defs and name it #/$defs/...");
        JsonNode target = name.equals("#") ? root : root.at(name.substring(1));
        if (target.isMissingNode())
            throw node.child("$ref").refused("there is nothing at '" + name + "'", "check the path");
        return new SchemaNode(target, name);
    }

    /// Refuse branches that one value may satisfy.
    void requireDisjoint(SchemaNode node, List<SchemaNode> branches) {
        for (int i = 0; i < branches.size(); i++)
            for (int j = i + 1; j < branches.size(); j++)
                if (!disjoint(branches.get(i), branches.get(j), 0))
                    throw node.child("oneOf")
                            .refused(
                                    "a value may satisfy both branch " + i + " and branch " + j,
                                    "use anyOf, or give each branch another type, or a required member with a const of its own");
    }

    private boolean disjoint(SchemaNode one, SchemaNode other, int steps) {
        if (steps > MAX_STEPS) return false;
        for (String union : List.of("anyOf", "oneOf", "allOf")) {
            if (one.has(union))
                return one.elements(union).stream().allMatch(branch -> disjoint(branch, other, steps + 1));
            if (other.has(union))
                return other.elements(union).stream().allMatch(branch -> disjoint(one, branch, steps + 1));
        }
        if (one.has("$ref")) return disjoint(target(one), other, steps + 1);
        if (other.has("$ref")) return disjoint(one, target(other), steps + 1);
        Optional<List<JsonNode>> values = values(one);
        Optional<List<JsonNode>> others = values(other);
        if (values.isPresent() && others.isPresent())
            return values.get().stream()
                    .noneMatch(value -> others.get().stream().anyMatch(same -> equal(value, same)));
        if (values.isPresent()) return !anyOfType(values.get(), other);
        if (others.isPresent()) return !anyOfType(others.get(), one);
        List<String> shared = types(one).stream()
                .filter(type -> types(other).stream().anyMatch(same -> overlap(type, same)))
                .toList();
        if (!shared.stream().allMatch("object"::equals)) return false;
        return shared.isEmpty()
                || toldApart(one, other, steps)
                || closedAgainst(one, other)
                || closedAgainst(other, one);
    }

    private static Optional<List<JsonNode>> values(SchemaNode node) {
        if (node.has("const")) return Optional.of(List.of(node.json().get("const")));
        if (!node.has("enum")) return Optional.empty();
        return Optional.of(node.elements("enum").stream().map(SchemaNode::json).toList());
    }

    private static boolean equal(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) return one.decimalValue().compareTo(other.decimalValue()) == 0;
        // numbers inside may be written in two ways, so containers of one kind are never told apart
        return (one.isContainer() && one.getNodeType() == other.getNodeType()) || one.equals(other);
    }

    private static boolean anyOfType(List<JsonNode> values, SchemaNode node) {
        return values.stream().anyMatch(value -> SchemaTypes.of(value).stream().anyMatch(types(node)::contains));
    }

    private static List<String> types(SchemaNode node) {
        if (node.has("type")) return SchemaTypes.named(node);
        return List.of("object", "array", "string", "number", "integer", "boolean", "null");
    }

    private static boolean overlap(String one, String other) {
        return one.equals(other) || Set.of(one, other).equals(Set.of("integer", "number"));
    }

    /// Tell whether a member that both require is told apart.
    private boolean toldApart(SchemaNode one, SchemaNode other, int steps) {
        return required(one).stream()
                .filter(required(other)::contains)
                .filter(name -> described(one, name) && described(other, name))
                .anyMatch(name -> disjoint(
                        one.child("properties").child(name),
                        other.child("properties").child(name),
                        steps + 1));
    }

    /// Tell whether one admits no further members, and the other requires one.
    private static boolean closedAgainst(SchemaNode one, SchemaNode other) {
        return one.closed() && required(other).stream().anyMatch(name -> !described(one, name));
    }

    private static List<String> required(SchemaNode node) {
        return node.has("required") ? SchemaTypes.strings(node.child("required")) : List.of();
    }

    private static boolean described(SchemaNode node, String name) {
        return node.json().path("properties").has(name);
    }
}
