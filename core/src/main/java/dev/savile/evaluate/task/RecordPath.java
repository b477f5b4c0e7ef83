package dev.savile.evaluate.task;

import dev.savile.common.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The way from a record to texts in it: names parted by dots, behind each of them `[*]` for every entry of a list,
/// `[2]` for one, or `[rank=0]` for those with such a part. A path that is the name of a field as a whole is that
/// field.
record RecordPath(String text, List<Step> steps) {
    private static final Pattern STEP = Pattern.compile("([^.\\[\\]]+)((?:\\[[^\\]]*])*)(?:\\.|$)");
    private static final Pattern BRACKET = Pattern.compile("\\[([^\\]]*)]");

    sealed interface Step {
        /// Hand on what the step leads to.
        void from(JsonNode node, List<JsonNode> found);
    }

    private record Name(String name) implements Step {
        @Override
        public void from(JsonNode node, List<JsonNode> found) {
            JsonNode part = node.get(name);
            if (part != null) found.add(part);
        }
    }

    private record Every() implements Step {
        @Override
        public void from(JsonNode node, List<JsonNode> found) {
            for (JsonNode part : node) found.add(part);
        }
    }

    private record Index(int index) implements Step {
        @Override
        public void from(JsonNode node, List<JsonNode> found) {
            JsonNode part = node.get(index);
            if (part != null) found.add(part);
        }
    }

    private record Having(String name, String value) implements Step {
        @Override
        public void from(JsonNode node, List<JsonNode> found) {
            for (JsonNode part : node) {
                JsonNode own = part.get(name);
                if (own != null && own.asString("").equals(value)) found.add(part);
            }
        }
    }

    RecordPath {
        steps = List.copyOf(steps);
    }

    /// @throws UserError `task.path`
    static RecordPath of(String text) {
        List<Step> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(text);
        int at = 0;
        while (at < text.length()) {
            if (!matcher.find(at) || matcher.start() != at)
                throw new UserError(
                        "task.path",
                        "the path '" + text + "' cannot be read from its character " + (at + 1) + " on",
                        "a field would be empty",
                        "write names parted by dots, such as answers[*].text or replies[rank=0].text");
            steps.add(new Name(matcher.group(1)));
            Matcher brackets = BRACKET.matcher(matcher.group(2));
            while (brackets.find()) steps.add(bracket(brackets.group(1)));
            at = matcher.end();
        }
        return new RecordPath(text, steps);
    }

    private static Step bracket(String inside) {
        if (inside.equals("*")) return new Every();
        if (inside.matches("\\d{1,6}")) return new Index(Integer.parseInt(inside));
        int equals = inside.indexOf('=');
        if (equals > 0) return new Having(inside.substring(0, equals), inside.substring(equals + 1));
        throw new UserError(
                "task.path",
                "'[" + inside + "]' leads nowhere",
                "brackets choose entries of a list",
                "write [*], [0] or [name=value]");
    }

    /// Return the texts it leads to; a list at the end gives each of its entries.
    List<String> texts(JsonNode record) {
        List<JsonNode> nodes = List.of(record);
        JsonNode whole = record.get(text);
        if (whole != null) nodes = List.of(whole);
        else
            for (Step step : steps) {
                List<JsonNode> next = new ArrayList<>();
                for (JsonNode node : nodes) step.from(node, next);
                nodes = next;
            }
        List<String> texts = new ArrayList<>();
        for (JsonNode node : nodes) add(node, texts);
        return texts;
    }

    private static void add(JsonNode node, List<String> texts) {
        if (node.isArray()) for (JsonNode part : node) add(part, texts);
        else if (node.isObject()) texts.add(node.toString());
        else if (!node.isNull()) texts.add(node.asString(""));
    }
}
