package dev.savile.data;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Read JSONL (an object a line) and JSON (a list of objects, or an object that holds one such list).
final class JsonRows {
    private JsonRows() {}

    static RawTable lines(Path file, String text) {
        List<JsonNode> objects = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        long number = 0;
        for (String line : text.split("\r\n|\n", -1)) {
            number++;
            if (line.isBlank()) continue;
            objects.add(parse(file, line, number));
            numbers.add(number);
        }
        return table(file, objects, numbers);
    }

    static RawTable document(Path file, String text) {
        JsonNode root = parse(file, text, 1);
        JsonNode list = root.isArray() ? root : onlyList(file, root);
        List<JsonNode> objects = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        for (JsonNode entry : list) {
            objects.add(entry);
            numbers.add((long) objects.size());
        }
        return table(file, objects, numbers);
    }

    private static JsonNode onlyList(Path file, JsonNode root) {
        List<JsonNode> lists = new ArrayList<>();
        for (JsonNode value : root)
            if (value.isArray() && !value.isEmpty() && value.get(0).isObject()) lists.add(value);
        if (lists.size() != 1)
            throw new UserError(
                    "data.json",
                    file + " holds " + (lists.isEmpty() ? "no list" : lists.size() + " lists")
                            + " of objects at its top",
                    "which rows are meant cannot be told",
                    "write one list of objects, or one object a line (.jsonl)");
        return lists.getFirst();
    }

    private static JsonNode parse(Path file, String text, long line) {
        try {
            return Json.strict().readTree(text);
        } catch (JacksonException e) {
            long at = line
                    + (e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNr() - 1));
            throw new UserError(
                            "json.syntax",
                            file + ", line " + at + ": " + e.getOriginalMessage(),
                            "the row cannot be read",
                            "correct the line; each row is an object like {\"text\": \"...\", \"label\": \"...\"}")
                    .causedBy(e);
        }
    }

    private static RawTable table(Path file, List<JsonNode> objects, List<Long> numbers) {
        if (objects.isEmpty())
            throw new UserError(
                    "data.empty", file + " holds no rows", "there is nothing to learn from", "name a file with rows");
        Set<String> columns = new LinkedHashSet<>();
        List<RawTable.Row> rows = new ArrayList<>();
        for (int i = 0; i < objects.size(); i++) {
            JsonNode object = objects.get(i);
            if (!object.isObject())
                throw new UserError(
                        "data.json",
                        file + ", row " + numbers.get(i) + " is no object",
                        "text and label are read by their names",
                        "write each row as {\"text\": \"...\", \"label\": \"...\"}");
            Map<String, String> values = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : object.properties())
                if (!entry.getValue().isContainer() && !entry.getValue().isNull())
                    values.put(entry.getKey(), entry.getValue().asString());
            columns.addAll(values.keySet());
            rows.add(new RawTable.Row(numbers.get(i), values));
        }
        return new RawTable(List.copyOf(columns), rows);
    }
}
