package dev.savile.data;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Read objects from JSONL (one after another) and JSON (a list of objects, or an object that holds one such
/// list), row by row.
final class JsonRows {
    private static final String SHAPE = "write each row as an object: {\"text\": \"...\", \"label\": \"...\"}";

    private final Path file;
    private final boolean lines;
    private final RowReceiver receiver;

    /// @param lines whether objects at the top are rows; else the first may be a wrapper around a list of rows
    JsonRows(Path file, boolean lines, RowReceiver receiver) {
        this.file = file;
        this.lines = lines;
        this.receiver = receiver;
    }

    /// @throws UserError `json.syntax` with the line, `data.json` for another shape, `data.duplicate-key`
    void read(Reader in) {
        try (JsonParser parser = Json.lenient().createParser(in)) {
            int tops = 0;
            boolean wrapped = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (wrapped || (tops > 0 && token == JsonToken.START_ARRAY))
                    throw shape(
                            line(parser), "more follows after the list of rows", "keep one list of rows in the file");
                switch (token) {
                    case START_ARRAY -> {
                        list(parser);
                        wrapped = true;
                    }
                    case START_OBJECT -> {
                        if (lines || tops > 0) row(parser);
                        else wrapped = rowOrWrapper(parser);
                    }
                    default -> throw shape(line(parser), "a value stands where a row belongs", SHAPE);
                }
                tops++;
            }
        } catch (JacksonException e) {
            throw syntax(file, e, "correct the file; " + SHAPE);
        }
    }

    /// Read the rows of a list whose opening bracket was just read.
    private void list(JsonParser parser) {
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token != JsonToken.START_OBJECT) throw shape(line(parser), "an entry of the list is no object", SHAPE);
            row(parser);
        }
    }

    private void row(JsonParser parser) {
        long line = line(parser);
        Map<String, String> values = new LinkedHashMap<>();
        List<String> nested = new ArrayList<>();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            put(parser, name, values);
            if (!parser.currentToken().isStructStart()) continue;
            nested.add(name);
            parser.skipChildren();
        }
        receiver.row(new RawRow(line, values, nested));
    }

    /// Tell a row from a wrapper by what it holds: a wrapper has exactly one list of objects, which are the rows.
    ///
    /// @return whether it was a wrapper
    private boolean rowOrWrapper(JsonParser parser) {
        long line = line(parser);
        Map<String, String> values = new LinkedHashMap<>();
        List<String> nested = new ArrayList<>();
        String rowsIn = "";
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            put(parser, name, values);
            if (!token.isStructStart()) continue;
            nested.add(name);
            if (token == JsonToken.START_OBJECT || parser.nextToken() != JsonToken.START_OBJECT) {
                skipRest(parser, token == JsonToken.START_OBJECT);
                continue;
            }
            if (!rowsIn.isEmpty())
                throw shape(
                        line(parser),
                        "there are two lists of objects, '" + rowsIn + "' and '" + name + "'",
                        "keep one list of rows in the file");
            rowsIn = name;
            row(parser);
            list(parser);
        }
        if (!rowsIn.isEmpty()) return true;
        if (values.isEmpty()) throw shape(line, "the object holds no list of rows", SHAPE);
        receiver.row(new RawRow(line, values, nested));
        return false;
    }

    /// Skip an object just opened, or a list of which the first entry was already read.
    private static void skipRest(JsonParser parser, boolean object) {
        if (object) {
            parser.skipChildren();
            return;
        }
        while (parser.currentToken() != JsonToken.END_ARRAY) {
            parser.skipChildren();
            parser.nextToken();
        }
    }

    private void put(JsonParser parser, String name, Map<String, String> values) {
        JsonToken token = parser.currentToken();
        boolean plain = token.isScalarValue() && token != JsonToken.VALUE_NULL;
        if (values.put(name, plain ? parser.getString() : "") != null)
            throw new UserError(
                    "data.duplicate-key",
                    file + ", line " + line(parser) + ": the key '" + name + "' stands twice in one row",
                    "which of the two values is meant cannot be told",
                    "keep one of them");
    }

    private static long line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private UserError shape(long line, String problem, String fix) {
        return new UserError(
                "data.json", file + ", line " + line + ": " + problem, "text and label are read by their names", fix);
    }

    /// Say where a file is no JSON.
    static UserError syntax(Path file, JacksonException e, String fix) {
        var place = e.getLocation();
        String where = place == null ? "" : ", line " + place.getLineNr() + ", column " + place.getColumnNr();
        return new UserError(
                        "json.syntax",
                        file + where + ": " + Json.problem(e),
                        "the rows after this place cannot be read",
                        fix)
                .causedBy(e);
    }
}
