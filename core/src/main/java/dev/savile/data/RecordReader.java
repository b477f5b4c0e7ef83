package dev.savile.data;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Read the records of a file whole, nested ones too, one at a time: tables, JSON in any shape, plain text, packed with
/// gzip or bzip2 or not, and what a [TableFormat] reads. What a record's parts mean is the caller's business; see
/// [LabelledReader] and [ExampleReader] for files of a known form.
public final class RecordReader {
    /// The field of a text or of a block of it.
    public static final String TEXT = "text";

    private static final String EVERY = "*";

    /// One record.
    ///
    /// @param line  of the file at which it begins, or its number where a file has no lines, from 1
    /// @param key   the name under which it, or the list that holds it, stands in the file; empty for none
    /// @param value its parts
    public record Entry(long line, String key, JsonNode value) {}

    /// Where the records of a file are.
    ///
    /// @param rows     names from the top of a JSON file to its records, parted by dots; `*` goes through every
    ///                 name; empty where the records are the top. Lists on the way are gone through
    /// @param blocks   for a text: each block of it that begins so is a record; empty for the whole text as one
    /// @param encoding name of the character set; empty for UTF-8
    public record Place(String rows, String blocks, String encoding) {
        public static Place usual() {
            return new Place("", "", "");
        }
    }

    private final Path file;
    private final Place place;
    private final Consumer<Entry> receiver;

    private RecordReader(Path file, Place place, Consumer<Entry> receiver) {
        this.file = file;
        this.place = place;
        this.receiver = receiver;
    }

    /// Hand over each record of a file in order. Tables are told by `.csv`, `.tsv` and `.tab`, texts by `.txt`, other
    /// formats by their endings; anything else is JSON.
    ///
    /// @throws UserError those of [LabelledReader#read] for unreadable files, and `data.json` where no record is
    ///     found
    public static void read(Path file, Place place, Consumer<Entry> receiver) {
        TableFormats.of(file)
                .ifPresentOrElse(
                        format -> TableFormats.read(format, file, table(receiver)), () -> text(file, place, receiver));
    }

    private static TableFormat.Receiver table(Consumer<Entry> receiver) {
        return new TableFormat.Receiver() {
            @Override
            public List<String> columns(List<String> names) {
                return names;
            }

            @Override
            public void row(long number, Map<String, @Nullable Object> values) {
                receiver.accept(new Entry(number, "", Json.lenient().valueToTree(values)));
            }
        };
    }

    private static void text(Path file, Place place, Consumer<Entry> receiver) {
        try (var in = new BufferedReader(StrictReader.open(file, place.encoding()), 1 << 16)) {
            new RecordReader(file, place, receiver).read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(BufferedReader in) throws IOException {
        String name = Compressed.plainName(file);
        if (name.endsWith(".csv")) new TableReader(file, true, rows()).csv(in);
        else if (name.endsWith(".tsv") || name.endsWith(".tab")) new TableReader(file, true, rows()).tsv(in);
        else if (name.endsWith(".txt")) text(in);
        else json(in);
    }

    private RowReceiver rows() {
        return new RowReceiver() {
            @Override
            public void header(List<String> names) {
                // rows carry their names
            }

            @Override
            public void row(RawRow row) {
                receiver.accept(new Entry(row.line(), "", object(row.values())));
            }
        };
    }

    private static ObjectNode object(Map<String, String> values) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        values.forEach(object::put);
        return object;
    }

    private void text(BufferedReader in) throws IOException {
        List<String> block = new ArrayList<>();
        long number = 0;
        long begun = 1;
        boolean cut = !place.blocks().isEmpty();
        boolean inBlock = !cut;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            number++;
            if (cut && line.startsWith(place.blocks())) {
                if (inBlock) block(begun, block);
                inBlock = true;
                begun = number;
            }
            if (inBlock) block.add(line);
        }
        if (inBlock) block(begun, block);
    }

    private void block(long line, List<String> lines) {
        receiver.accept(
                new Entry(line, "", object(Map.of(TEXT, String.join("\n", lines).strip()))));
        lines.clear();
    }

    private void json(BufferedReader in) {
        List<String> path =
                place.rows().isEmpty() ? List.of() : List.of(place.rows().split("\\."));
        try (JsonParser parser = Json.lenient().createParser(in)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken())
                descend(parser, path, "");
        } catch (JacksonException e) {
            throw JsonRows.syntax(file, e, "correct the file");
        }
    }

    /// Go down the path from the value at which the parser stands, and past it.
    private void descend(JsonParser parser, List<String> path, String key) {
        switch (parser.currentToken()) {
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) descend(parser, path, key);
            }
            case START_OBJECT -> {
                long line = parser.currentTokenLocation().getLineNr();
                if (path.isEmpty()) {
                    receiver.accept(new Entry(line, key, parser.readValueAsTree()));
                    return;
                }
                for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                    parser.nextToken();
                    String wanted = path.getFirst();
                    if (wanted.equals(EVERY)) descend(parser, path.subList(1, path.size()), name);
                    else if (wanted.equals(name)) descend(parser, path.subList(1, path.size()), key);
                    else parser.skipChildren();
                }
            }
            default ->
                throw new UserError(
                        "data.json",
                        file + ", line " + parser.currentTokenLocation().getLineNr()
                                + ": a value stands where a record belongs",
                        "records are objects with named parts",
                        "name the way to the records with rows, such as 'rows: data.examples' or 'rows: \"*\"'");
        }
    }
}
