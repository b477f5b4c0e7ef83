package dev.savile.data;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/// Read rows of prompt and completion, conversations or plain text from JSON lines, JSON, CSV, TSV or what a
/// [TableFormat] reads.
///
/// The kind is told from all rows; a file with rows of two kinds is refused. Fields that have no meaning are
/// refused too, unless columns were named or extra ones allowed: a misspelled field would otherwise be lost
/// silently.
public final class ExampleReader {
    /// Above this share of rows without a text to learn the file is refused rather than read in part.
    private static final double MAX_BLANK_SHARE = 0.05;
    private static final Map<String, String> ALIASES = Map.of("input", "prompt", "output", "completion");
    private static final String TASK = "taskname";
    private static final Set<String> KNOWN = Set.of("prompt", "completion", "messages", "tools", "text");

    private final Path file;
    private final Fields fields;
    private final List<Example> rows = new ArrayList<>();
    private final List<Long> blank = new ArrayList<>();
    private final Set<String> ignored = new LinkedHashSet<>();
    private @Nullable ExampleKind kind;
    private long kindLine;

    private ExampleReader(Path file, Fields fields) {
        this.file = file;
        this.fields = fields;
    }

    /// How fields are named, and what happens to those that have no meaning.
    ///
    /// @param names      our name of a field to the file's: `prompt` to `question`
    /// @param allowExtra whether others are ignored
    /// @param encoding   name of the character set; empty for UTF-8
    public record Fields(Map<String, String> names, boolean allowExtra, String encoding) {
        public Fields {
            names = Map.copyOf(names);
            for (String name : names.keySet())
                if (!KNOWN.contains(name))
                    throw new UserError(
                            "data.map",
                            "there is no field '" + name + "' to map a column to",
                            "rows consist of prompt and completion, messages, or text",
                            "write for example --map prompt=question,completion=answer");
        }

        public static Fields usual() {
            return new Fields(Map.of(), false, "");
        }
    }

    /// Read a file.
    ///
    /// @throws UserError those of [LabelledReader#read] for unreadable files, and `data.kind`, `data.mixed`,
    ///         `data.extra`, `data.messages`, `data.weight`, `data.blank` with the lines
    public static ExampleData read(Path file, Fields fields) {
        var reader = new ExampleReader(file, fields);
        TableFormats.of(file)
                .ifPresentOrElse(format -> TableFormats.read(format, file, reader.columnWise()), reader::text);
        return reader.finish();
    }

    private void text() {
        try (var in = new BufferedReader(StrictReader.open(file, fields.encoding()), 1 << 16)) {
            String name = Compressed.plainName(file);
            if (isTable(name)) table(file, in, name, rowByRow());
            else if (name.endsWith(".txt")) plain(in);
            else json(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Tell which kind of example a file holds by the names in its first row; nothing for what may be labelled
    /// texts.
    public static Optional<ExampleKind> guess(Path file, String encoding) {
        String name = Compressed.plainName(file);
        if (name.endsWith(".txt")) return Optional.of(ExampleKind.TEXT);
        Set<String> keys =
                TableFormats.of(file).map(format -> columns(format, file)).orElseGet(() -> names(file, name, encoding));
        if (keys.contains(TASK)) return Optional.of(ExampleKind.TASK);
        if (keys.contains("messages") || keys.contains("conversations")) return Optional.of(ExampleKind.CHAT);
        if (keys.contains("prompt") && keys.contains("completion")) return Optional.of(ExampleKind.COMPLETION);
        return keys.equals(Set.of("text")) ? Optional.of(ExampleKind.TEXT) : Optional.empty();
    }

    private static Set<String> columns(TableFormat format, Path file) {
        Set<String> keys = new LinkedHashSet<>();
        try {
            TableFormats.read(format, file, new TableFormat.Receiver() {
                @Override
                public List<String> columns(List<String> names) {
                    keys.addAll(names);
                    throw new Enough();
                }

                @Override
                public void row(long number, Map<String, @Nullable Object> values) {
                    throw new IllegalStateException("a row after the reading was ended");
                }
            });
        } catch (Enough e) {
            return keys; // their names were enough
        }
        return keys;
    }

    private static Set<String> names(Path file, String name, String encoding) {
        Set<String> keys = new LinkedHashSet<>();
        try (var in = new BufferedReader(StrictReader.open(file, encoding), 1 << 16)) {
            var first = new RowReceiver() {
                @Override
                public void header(List<String> names) {
                    keys.addAll(names);
                }

                @Override
                public void row(RawRow row) {
                    keys.addAll(row.values().keySet());
                    throw new Enough();
                }
            };
            if (isTable(name)) table(file, in, name, first);
            else new JsonRows(file, !name.endsWith(".json"), first).read(in);
        } catch (Enough e) {
            return keys; // one row was enough
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return keys;
    }

    /// Ends the reading of a file of which only the beginning was wanted.
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1;

        Enough() {
            super("the beginning was read", null, false, false);
        }
    }

    /// A text file is one text.
    private void plain(BufferedReader in) throws IOException {
        var text = new StringBuilder();
        char[] buffer = new char[1 << 16];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) text.append(buffer, 0, read);
        add(1, Map.of("text", text.toString()));
    }

    private static boolean isTable(String name) {
        return name.endsWith(".csv") || name.endsWith(".tsv") || name.endsWith(".tab");
    }

    private static void table(Path file, BufferedReader in, String name, RowReceiver receiver) {
        var reader = new TableReader(file, true, receiver);
        if (name.endsWith(".csv")) reader.csv(in);
        else reader.tsv(in);
    }

    private RowReceiver rowByRow() {
        return new RowReceiver() {
            @Override
            public void header(List<String> names) {
                // rows carry their names
            }

            @Override
            public void row(RawRow row) {
                add(row.line(), row.values());
            }
        };
    }

    private TableFormat.Receiver columnWise() {
        return new TableFormat.Receiver() {
            @Override
            public List<String> columns(List<String> names) {
                return wanted(names);
            }

            @Override
            public void row(long number, Map<String, @Nullable Object> values) {
                add(number, values);
            }
        };
    }

    /// Choose the columns that have a meaning where others may be ignored; else all, to be refused row by row.
    private List<String> wanted(List<String> columns) {
        Map<String, String> mapped = fields.names();
        boolean ignoring = !mapped.isEmpty() || fields.allowExtra();
        if (!ignoring || columns.contains(TASK) || !columns.containsAll(mapped.values())) return columns;
        List<String> wanted = columns.stream()
                .filter(name -> mapped.isEmpty()
                        ? KNOWN.contains(name) || ALIASES.containsKey(name) || name.equals("conversations")
                        : mapped.containsValue(name))
                .toList();
        if (wanted.isEmpty()) return columns;
        columns.stream().filter(name -> !wanted.contains(name)).forEach(ignored::add);
        return wanted;
    }

    private void json(Reader in) {
        try (JsonParser parser = Json.lenient().createParser(in)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_ARRAY || token == JsonToken.END_ARRAY) continue; // one list of rows
                long line = parser.currentTokenLocation().getLineNr();
                if (token != JsonToken.START_OBJECT)
                    throw new UserError(
                            "data.json",
                            file + ", line " + line + ": a value stands where a row belongs",
                            "each row is an object",
                            "write each row as an object: {\"prompt\": \"...\", \"completion\": \"...\"}");
                JsonNode node = parser.readValueAsTree();
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                for (Map.Entry<String, JsonNode> entry : node.properties())
                    row.put(entry.getKey(), plain(entry.getValue()));
                add(line, row);
            }
        } catch (JacksonException e) {
            throw JsonRows.syntax(file, e, "correct the file");
        }
    }

    private static @Nullable Object plain(JsonNode node) {
        return Json.lenient().treeToValue(node, Object.class);
    }

    private void add(long line, Map<String, ? extends @Nullable Object> raw) {
        Map<String, @Nullable Object> row = named(raw, line);
        if (row.containsKey("conversations"))
            throw new UserError(
                    "data.kind",
                    file + ", line " + line + ": rows of 'conversations' with 'from' and 'value' are not read",
                    "their roles have other names",
                    "rewrite them as messages: [{\"role\": \"user\", \"content\": ...}, ...]");
        ExampleKind own = kindOf(row.keySet())
                .orElseThrow(() -> new UserError(
                        "data.kind",
                        file + ", line " + line + ": what the row is cannot be told; it has "
                                + String.join(", ", raw.keySet()),
                        "rows consist of prompt and completion, messages, or text",
                        "name the columns, for example --map prompt=question,completion=answer"));
        if (kind == null) {
            kind = own;
            kindLine = line;
        } else if (kind != own)
            throw new UserError(
                    "data.mixed",
                    file + ": line " + kindLine + " has " + kind.fields() + ", line " + line + " has " + own.fields(),
                    "rows of two kinds cannot be trained on as one",
                    "split the file by kind");
        switch (own) {
            case TEXT -> keep(new Example.Text(text(row, "text", line), line), text(row, "text", line));
            case COMPLETION -> completion(row, line);
            case TASK -> task(row, line);
            case CHAT -> chat(turns(row.get("messages"), line), row, line);
        }
    }

    /// Bring the fields to our names and take out those without a meaning.
    private Map<String, @Nullable Object> named(Map<String, ? extends @Nullable Object> raw, long line) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        if (raw.containsKey(TASK)) { // all further fields are those of its template
            row.putAll(raw);
            return row;
        }
        fields.names().forEach((own, column) -> {
            if (!raw.containsKey(column))
                throw new UserError(
                        "data.column",
                        file + ", line " + line + ": there is no '" + column + "'",
                        own + " would be read from it",
                        "the row has: " + String.join(", ", raw.keySet()));
            row.put(own, raw.get(column));
        });
        raw.forEach((name, value) -> {
            if (fields.names().containsValue(name)) return;
            String own = KNOWN.contains(name) ? name : ALIASES.getOrDefault(name, "");
            boolean known = !own.isEmpty() && fields.names().isEmpty();
            if (known && !row.containsKey(own)) row.put(own, value);
            else if (name.equals("conversations")) row.put(name, value);
            else if (fields.allowExtra() || !fields.names().isEmpty()) ignored.add(name);
            else
                throw new UserError(
                        "data.extra",
                        file + ", line " + line + ": the field '" + name + "' has no meaning here",
                        "a misspelled field would be lost silently",
                        "remove it, name the columns with --map, or add --allow-extra");
        });
        return row;
    }

    private Optional<ExampleKind> kindOf(Set<String> keys) {
        Set<String> own = new LinkedHashSet<>();
        for (String key : keys) own.add(ALIASES.getOrDefault(key, key));
        own.addAll(fields.names().keySet());
        if (own.contains(TASK)) return Optional.of(ExampleKind.TASK);
        if (own.contains("messages")) return Optional.of(ExampleKind.CHAT);
        if (own.contains("prompt") && own.contains("completion")) return Optional.of(ExampleKind.COMPLETION);
        return own.contains("text") ? Optional.of(ExampleKind.TEXT) : Optional.empty();
    }

    private void task(Map<String, @Nullable Object> row, long line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String field : row.keySet()) if (!field.equals(TASK)) values.put(field, text(row, field, line));
        keep(new Example.Task(text(row, TASK, line), values, line), String.join("", values.values()));
    }

    private void completion(Map<String, @Nullable Object> row, long line) {
        if (row.get("prompt") instanceof List<?> list) {
            List<Example.Turn> turns = new ArrayList<>(turns(list, line));
            if (row.get("completion") instanceof List<?> answers) turns.addAll(turns(answers, line));
            else turns.add(new Example.Turn("assistant", text(row, "completion", line), Map.of(), true));
            chat(turns, row, line);
            return;
        }
        String completion = text(row, "completion", line);
        keep(new Example.Completion(text(row, "prompt", line), completion, line), completion);
    }

    private void chat(List<Example.Turn> turns, Map<String, @Nullable Object> row, long line) {
        boolean answered = !turns.isEmpty() && turns.getLast().role().equals("assistant");
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        if (row.get("tools") instanceof List<?> given) for (Object tool : given) tools.add(object(tool, "tools", line));
        String last = answered ? turns.getLast().content() + turns.getLast().fields() : "";
        keep(new Example.Chat(turns, tools, line), last.equals("{}") ? "" : last);
    }

    private List<Example.Turn> turns(@Nullable Object given, long line) {
        if (!(given instanceof List<?> list))
            throw new UserError(
                    "data.messages",
                    file + ", line " + line + ": the messages are no list",
                    "a conversation is a list of turns",
                    "write [{\"role\": \"user\", \"content\": \"...\"}, ...]");
        List<Example.Turn> turns = new ArrayList<>();
        for (Object entry : list) {
            Map<String, @Nullable Object> turn = object(entry, "messages", line);
            if (!(turn.remove("role") instanceof String role))
                throw new UserError(
                        "data.messages",
                        file + ", line " + line + ": a message has no role",
                        "it says who speaks, and whether the message is learned",
                        "write \"role\": \"user\", \"assistant\" or \"system\" beside its content");
            Object weight = turn.remove("weight");
            Object content = turn.get("content");
            if (!(content instanceof List<?>)) turn.remove("content");
            turns.add(new Example.Turn(role, contentText(content), turn, weight == null || learned(weight, line)));
        }
        return turns;
    }

    /// Whether a message's weight says that it is learned. Weights between are not followed: half a weight would be
    /// taken for a whole one.
    private boolean learned(Object weight, long line) {
        return switch (weight.toString().strip().toLowerCase(Locale.ROOT)) {
            case "0", "0.0", "false" -> false;
            case "1", "1.0", "true" -> true;
            default ->
                throw new UserError(
                        "data.weight",
                        file + ", line " + line + ": the weight of a message is " + weight,
                        "an answer is learned or it is not",
                        "write 0 or 1, false or true");
        };
    }

    /// The text of a message: itself, or the texts of its parts.
    private static String contentText(@Nullable Object content) {
        if (!(content instanceof List<?> parts)) return content == null ? "" : content.toString();
        var text = new StringBuilder();
        for (Object part : parts)
            if (part instanceof Map<?, ?> map && map.get("text") != null) text.append(map.get("text"));
        return text.toString();
    }

    private Map<String, @Nullable Object> object(@Nullable Object value, String field, long line) {
        if (!(value instanceof Map<?, ?> map))
            throw new UserError(
                    "data." + field,
                    file + ", line " + line + ": an entry of " + field + " is no object",
                    "its parts are read by their names",
                    "write {\"role\": \"user\", \"content\": \"...\"}");
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        map.forEach((key, part) -> object.put(String.valueOf(key), part));
        return object;
    }

    private String text(Map<String, @Nullable Object> row, String field, long line) {
        Object value = row.get(field);
        if (value instanceof Map || value instanceof List)
            throw new UserError(
                    "data.value",
                    file + ", line " + line + ": '" + field + "' holds a list or an object",
                    "it must be a plain text",
                    "write one text there");
        return value == null ? "" : value.toString();
    }

    private void keep(Example example, String learned) {
        if (learned.isBlank()) blank.add(example.line());
        else rows.add(example);
    }

    private ExampleData finish() {
        if (kind == null)
            throw new UserError(
                    "data.empty", file + " holds no rows", "there is nothing to learn from", "name a file with rows");
        List<String> warnings = new ArrayList<>();
        if (!blank.isEmpty()) {
            String lines = LabelledCollector.shown(blank);
            int all = rows.size() + blank.size();
            if (blank.size() > MAX_BLANK_SHARE * all)
                throw new UserError(
                        "data.blank",
                        blank.size() + " of " + all + " rows in " + file + " have nothing to learn (lines " + lines
                                + ")",
                        "an empty answer, or a conversation that does not end with one, teaches nothing",
                        "remove these rows, or complete them");
            warnings.add(blank.size() + " rows with nothing to learn left out (lines " + lines + ")");
        }
        return new ExampleData(kind, rows, file.toString(), List.copyOf(ignored), warnings);
    }
}
