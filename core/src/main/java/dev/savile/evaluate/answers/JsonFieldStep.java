package dev.savile.evaluate.answers;

import dev.savile.common.UserError;
import dev.savile.evaluate.metrics.Prediction;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Take a field of the last JSON object in the text that has it; prose and code fences around are passed over.
///
/// @param path names of fields and places in lists, with dots between: `answer`, `result.items.0`
public record JsonFieldStep(String path) implements ExtractionStep {
    public JsonFieldStep {
        if (path.isBlank() || path.startsWith(".") || path.endsWith(".") || path.contains(".."))
            throw new UserError(
                    "extract.step",
                    "json_field has the path '" + path + "'",
                    "it names no field",
                    "write names with dots between them, such as answer or result.label");
    }

    @Override
    public Prediction read(String text) {
        List<JsonNode> found = JsonInText.of(text).stream()
                .map(JsonInText::value)
                .map(this::field)
                .filter(field -> !field.isMissingNode())
                .toList();
        if (found.isEmpty()) return new Prediction.Unparsed("no JSON with the field '" + path + "' is in it");
        JsonNode field = found.getLast();
        return field.isValueNode() && !field.isNull()
                ? new Prediction.Parsed(field.asString())
                : new Prediction.Unparsed("the field '" + path + "' holds no single value");
    }

    private JsonNode field(JsonNode value) {
        JsonNode at = value;
        for (String part : path.split("\\.", -1))
            at = at.isArray() && part.matches("\\d{1,6}") ? at.path(Integer.parseInt(part)) : at.path(part);
        return at;
    }

    @Override
    public String name() {
        return "json_field";
    }

    @Override
    public Object plain() {
        return path;
    }
}
