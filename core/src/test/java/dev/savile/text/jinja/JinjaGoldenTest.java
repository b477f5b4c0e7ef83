package dev.savile.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/// Compare with what Jinja2 rendered, character by character.
class JinjaGoldenTest {
    private static final Path FOLDER =
            Path.of(System.getProperty("savile.root", "."), "..", "shared", "golden2", "templates");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-26T15:04:05Z"), ZoneOffset.UTC);

    @BeforeEach
    void goldensAreThere() {
        Assumptions.assumeTrue(Files.isDirectory(FOLDER), "needs ../shared");
    }

    @Test
    void snippetsRenderAsInPython() {
        List<String> wrong = new ArrayList<>();
        JsonNode snippets = Json.tree(FOLDER.resolve("snippets.json")).get("snippets");
        for (JsonNode snippet : snippets) {
            String outcome =
                    compare(snippet, snippet.get("template").asString(), map(snippet.get("context")), "expected");
            if (!outcome.isEmpty()) wrong.add(snippet.get("name").asString() + ": " + outcome);
        }
        assertThat(wrong).isEmpty();
        assertThat(snippets.size()).isGreaterThan(100);
    }

    @Test
    void chatTemplatesRenderAsInPython() throws Exception {
        Map<String, Map<String, Object>> contexts = contexts();
        List<String> wrong = new ArrayList<>();
        int compared = 0;
        List<Path> files;
        try (var listed = Files.list(FOLDER.resolve("expected"))) {
            files = listed.sorted().toList();
        }
        for (Path file : files) {
            JsonNode expected = Json.tree(file);
            String name = expected.get("template").asString();
            String source = Files.readString(FOLDER.resolve("jinja").resolve(name));
            for (JsonNode rendering : expected.get("renderings")) {
                Map<String, Object> context =
                        contexts.get(rendering.get("conversation").asString());
                if (context == null) continue;
                compared++;
                String outcome = compare(rendering, source, context, "text");
                if (!outcome.isEmpty())
                    wrong.add(name + "/" + rendering.get("conversation").asString() + ": " + outcome);
            }
        }
        assertThat(wrong).as("%d renderings compared", compared).isEmpty();
        assertThat(compared).isGreaterThan(1000);
    }

    /// Return an empty text when all is equal, else what differs.
    private static String compare(JsonNode golden, String source, Map<String, Object> context, String key) {
        JinjaTemplate.Rendering rendering;
        try {
            rendering = JinjaTemplate.of(source).render(context, CLOCK);
        } catch (UserError e) {
            if (golden.has(key)) return "failed: " + e.what();
            JsonNode error = golden.get("error");
            boolean raised = error.get("kind").asString().equals("raise_exception");
            return !raised || e.what().endsWith(": " + error.get("message").asString())
                    ? ""
                    : "other message: " + e.what();
        }
        if (!golden.has(key)) return "rendered where Python fails with " + golden.get("error");
        String text = golden.get(key).asString();
        if (!rendering.text().equals(text)) return difference(text, rendering.text());
        if (!golden.has("assistant_spans")) return "";
        List<Span> spans = new ArrayList<>();
        for (JsonNode span : golden.get("assistant_spans"))
            spans.add(new Span(
                    text.offsetByCodePoints(0, span.get(0).asInt()),
                    text.offsetByCodePoints(0, span.get(1).asInt())));
        return rendering.generations().equals(spans) ? "" : "spans " + rendering.generations() + " instead of " + spans;
    }

    private static String difference(String expected, String actual) {
        int i = 0;
        while (i < Math.min(expected.length(), actual.length()) && expected.charAt(i) == actual.charAt(i)) i++;
        return "at " + i + " ..." + around(actual, i) + "... instead of ..." + around(expected, i) + "...";
    }

    private static String around(String text, int at) {
        return text.substring(Math.max(0, at - 30), Math.min(text.length(), at + 40))
                .replace("\n", "\\n");
    }

    private static Map<String, Map<String, Object>> contexts() {
        JsonNode all = Json.tree(FOLDER.resolve("conversations.json"));
        Map<String, Map<String, Object>> contexts = new LinkedHashMap<>();
        for (JsonNode conversation : all.get("conversations")) {
            if (conversation.path("continue_final_message").asBoolean(false)) continue;
            Map<String, Object> context = map(all.get("special_tokens"));
            context.putAll(map(Json.lenient()
                    .createObjectNode()
                    .put(
                            "add_generation_prompt",
                            conversation.path("add_generation_prompt").asBoolean(false))));
            JsonNode tools =
                    conversation.path("tools").isString() ? all.get("standard_tools") : conversation.get("tools");
            context.put("tools", tools == null ? null : Json.lenient().convertValue(tools, Object.class));
            context.put("documents", null);
            context.put("messages", Json.lenient().convertValue(conversation.get("messages"), Object.class));
            if (conversation.has("kwargs")) context.putAll(map(conversation.get("kwargs")));
            if (conversation.path("needs_reasoning_alias").asBoolean(false))
                context.put("messages", aliased(conversation));
            contexts.put(conversation.get("name").asString(), context);
        }
        return contexts;
    }

    private static List<Map<String, Object>> aliased(JsonNode conversation) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (JsonNode message : conversation.get("messages")) {
            Map<String, Object> fields = new LinkedHashMap<>();
            if (message.has("reasoning_content"))
                fields.put("thinking", message.get("reasoning_content").asString());
            fields.putAll(map(message));
            messages.add(fields);
        }
        return messages;
    }

    private static Map<String, Object> map(JsonNode node) {
        return Json.lenient().convertValue(node, new TypeReference<LinkedHashMap<String, Object>>() {});
    }
}
