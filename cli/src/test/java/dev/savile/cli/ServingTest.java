package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.savile.common.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Saved prompts as a user serves them, alone and over adapters, on a tiny random model.
class ServingTest {
    @TempDir
    Path home;

    private Path model;

    @BeforeEach
    void files() throws IOException {
        model = Path.of(
                        System.getProperty("savile.root", "."),
                        "..",
                        "shared",
                        "golden",
                        "gguf",
                        "llama",
                        "llama-f32.gguf")
                .normalize();
        Assumptions.assumeTrue(Files.exists(model), "needs ../shared");
        var csv = new StringBuilder("message,subject,team\n");
        for (int i = 0; i < 40; i++)
            csv.append(i % 2 == 0 ? "bill " : "box ")
                    .append(Integer.toString(i * 7919 + 50_003, 36))
                    .append(i % 2 == 0 ? ",money,pay\n" : ",parcel,post\n");
        Files.writeString(home.resolve("tickets.csv"), csv);
    }

    private Command savile(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", model.toString(), "--precision", "fp32", "--threads", "1", "--json"));
        return Command.run(home, all.toArray(String[]::new));
    }

    private static JsonNode json(Command command) {
        assertThat(command.code()).as(command.err()).isZero();
        return Json.strict().readTree(command.lastLine());
    }

    private static void refused(Command command, String code, String... words) {
        assertThat(command.code()).isEqualTo(2);
        assertThat(command.err()).contains(code);
        for (String word : words) assertThat(command.err()).contains(word);
    }

    /// Save the prompt of a task.
    private String save(String name, String lines, String... options) throws IOException {
        Path task = Files.writeString(home.resolve(name + ".yaml"), """
                data: tickets.csv
                target: "{team}"
                instruction: Sort.
                """ + lines);
        List<String> command = new ArrayList<>(List.of("prompt", "save", "--task", task.toString(), "--name", name));
        command.addAll(List.of(options));
        json(savile(command.toArray(String[]::new)));
        return task.toString();
    }

    private Path lora(String name, String technique) {
        Path out = home.resolve(name);
        json(savile(
                "tune",
                technique,
                "--data",
                home.resolve("tickets.csv").toString(),
                "--text",
                "message",
                "--label",
                "team",
                "--out",
                out.toString(),
                "--set",
                "epochs=2",
                "--set",
                "learning-rate=0.02"));
        return out;
    }

    @Test
    void aPromptWithLabelsAnswersOneOfThemAsEvaluationDoes() throws IOException {
        save("tickets", "input: \"{message}\"\nwords: {pay: money, post: parcels}\n");
        JsonNode answer = json(savile("generate", "--with", "tickets", "--prompt", "bill 12f"));
        assertThat(answer.get("text").asString()).isIn("pay", "post");
        double pay = answer.at("/probabilities/pay").doubleValue();
        assertThat(pay + answer.at("/probabilities/post").doubleValue()).isCloseTo(1, within(1e-9));
        assertThat(answer.get("probability").doubleValue()).isEqualTo(Math.max(pay, 1 - pay), within(1e-9));
        assertThat(answer.at("/customizations/0/name").asString()).isEqualTo("tickets");
        JsonNode named = json(savile("generate", "--with", "tickets", "--field", "message=bill 12f"));
        assertThat(named.get("probabilities")).isEqualTo(answer.get("probabilities"));
        for (String field : List.of("text", "ids", "finish", "promptTokens", "tokens", "firstTokenSeconds"))
            assertThat(answer.has(field)).as(field).isTrue(); // as of every answer
        // the same by the way of evaluation
        Path one = Files.writeString(home.resolve("one.csv"), "message,team\nbill 12f,pay\nzebra,post\n");
        JsonNode eval = json(savile(
                "eval",
                "--with",
                "tickets",
                "--data",
                one.toString(),
                "--text",
                "message",
                "--label",
                "team",
                "--limit",
                "1"));
        assertThat(eval.at("/metrics/accuracy/value").doubleValue()).isEqualTo(pay > 0.5 ? 1 : 0);
        // for people: the label, and nothing else
        Command plain = Command.run(
                home,
                "generate",
                "--with",
                "tickets",
                "--prompt",
                "bill 12f",
                "--model",
                model.toString(),
                "--precision",
                "fp32",
                "--threads",
                "1");
        assertThat(plain.out().strip()).isEqualTo(answer.get("text").asString());
        refused(
                savile("generate", "--with", "tickets", "--prompt", "x", "--temperature", "0.5", "--stop", "a"),
                "generate.labels",
                "--temperature, --stop");
    }

    @Test
    void fieldsAreNamedAndFilled() throws IOException {
        save("mail", "input: \"{subject}: {message}\"\n");
        refused(
                savile("generate", "--with", "mail", "--prompt", "bill"),
                "prompt.field",
                "{subject}, {message}",
                "--field subject=... --field message=...");
        refused(
                savile("generate", "--with", "mail", "--field", "subject=x", "--field", "mesage=y"),
                "prompt.field",
                "did you mean 'message'?");
        refused(savile("generate", "--with", "mail", "--field", "subject=x"), "prompt.field", "--field message=...");
        JsonNode both =
                json(savile("generate", "--with", "mail", "--field", "subject=money", "--field", "message=bill 1"));
        assertThat(both.get("text").asString()).isIn("pay", "post");
        JsonNode filled = json(savile("generate", "--with", "mail", "--field", "subject=money", "--prompt", "bill 1"));
        assertThat(filled.get("probabilities")).isEqualTo(both.get("probabilities"));
        refused(
                savile("generate", "--with", "mail", "--field", "subject=a", "--field", "message=b", "--prompt", "c"),
                "prompt.field",
                "leave --prompt away");
        refused(savile("generate", "--field", "subject=a"), "generate.field", "--with");
        refused(savile("generate"), "generate.prompt", "--field");
        refused(chat("bill\n", "--with", "mail"), "chat.fields", "{subject}, {message}", "savile generate");
        refused(
                savile(
                        "eval",
                        "--with",
                        "mail",
                        "--data",
                        home.resolve("tickets.csv").toString(),
                        "--text",
                        "message",
                        "--label",
                        "team"),
                "prompt.field",
                "savile eval --task");
    }

    @Test
    void aPromptThatReasonsReasonsAndVotes() throws IOException {
        save(
                "count",
                "kind: number\ninput: \"{message}\"\nmax-tokens: 6\n",
                "--reasoning",
                "zero-shot",
                "--samples",
                "3",
                "--answer-tokens",
                "6");
        JsonNode answer = json(savile("generate", "--with", "count", "--prompt", "2 and 2"));
        assertThat(answer.get("ways").size()).isBetween(2, 3); // two that agree settle it
        int votes = 0;
        for (JsonNode count : answer.path("votes")) votes += count.intValue();
        assertThat(votes).isLessThanOrEqualTo(answer.get("ways").size());
        assertThat(answer.get("text").asString().isEmpty()).isEqualTo(votes == 0);
        assertThat(answer.has("unparsed")).isEqualTo(votes == 0);
        refused(savile("generate", "--with", "count", "--prompt", "2", "--temperature", "0"), "generate.temperature");
        refused(savile("generate", "--with", "count", "--prompt", "2", "--choices", "1,2"), "generate.form", "reasons");
    }

    @Test
    void labelsBehindReasoningAreServedAndNotScoredAtOnce() throws IOException {
        save("thought", "input: \"{message}\"\n", "--reasoning", "zero-shot", "--answer-tokens", "5");
        JsonNode answer = json(savile("generate", "--with", "thought", "--prompt", "bill 1"));
        assertThat(answer.get("text").asString()).isIn("pay", "post");
        assertThat(answer.get("ways")).hasSize(1);
        assertThat(answer.at("/ways/0").asString()).endsWith("The answer is");
        assertThat(answer.get("probabilities")).hasSize(2);
        refused(
                savile(
                        "eval",
                        "--with",
                        "thought",
                        "--data",
                        home.resolve("tickets.csv").toString(),
                        "--text",
                        "message",
                        "--label",
                        "team"),
                "eval.reasoning",
                "savile eval --task");
    }

    @Test
    void howAnswersAreWrittenIsThePromptsUnlessOptionsSayOtherwise() throws IOException {
        save("short", "kind: text\ninput: \"{message}\"\nmax-tokens: 3\n");
        JsonNode own = json(savile("generate", "--with", "short", "--prompt", "bill"));
        assertThat(own.get("tokens").intValue()).isBetween(1, 3);
        JsonNode given = json(savile("generate", "--with", "short", "--prompt", "bill", "--max-tokens", "1"));
        assertThat(given.get("tokens").intValue()).isOne();
        JsonNode chosen = json(
                savile("generate", "--with", "short", "--prompt", "bill", "--max-tokens", "9", "--choices", "yes,no"));
        assertThat(chosen.get("text").asString()).isIn("yes", "no");
        refused(savile("generate", "--with", "short", "--prompt", "bill", "--raw"), "cli.prompt", "--raw");
        refused(savile("generate", "--with", "short", "--prompt", "bill", "--system", "Be kind."), "cli.prompt");
        Command chat = chat("bill\n", "--with", "short");
        assertThat(json(chat)).isNotNull();
        assertThat(json(chat).get("text")).isEqualTo(own.get("text"));
        assertThat(chat.err()).doesNotContain("does not use");
    }

    @Test
    void aChatSaysWhatItDoesNotUse() throws IOException {
        save("tickets", "input: \"{message}\"\nmax-tokens: 2\n");
        Command chat = chat("bill 1\nbox 2\n", "--with", "tickets");
        assertThat(json(chat).get("tokens").intValue()).isBetween(1, 2);
        assertThat(chat.out().lines()).hasSize(2);
        assertThat(chat.err()).contains("the scores of its labels", "savile generate");
    }

    private Command chat(String lines, String... options) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
        try {
            List<String> command = new ArrayList<>(List.of("chat"));
            command.addAll(List.of(options));
            return savile(command.toArray(String[]::new));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void aPromptIsUsedOverTheWeightsOfAnAdapter() throws IOException {
        Path lora = lora("team", "lora");
        String task = save("tickets", "input: \"{message}\"\nwords: {pay: money, post: parcels}\n");
        JsonNode base = asked("--with", "tickets");
        JsonNode own = asked("--with", lora.toString());
        JsonNode both = asked("--with", lora.toString(), "--with", "tickets");
        assertThat(both.get("promptTokens")).isEqualTo(base.get("promptTokens")).isNotEqualTo(own.get("promptTokens"));
        assertThat(both.get("probability")).isNotEqualTo(base.get("probability")); // the weights are in use
        assertThat(asked("--with", "tickets", "--with", lora.toString()).get("probabilities"))
                .isEqualTo(both.get("probabilities"));
        assertThat(both.get("customizations")).hasSize(2);

        JsonNode first = evaluated(task, "--with", lora.toString(), "--with", "tickets");
        assertThat(first.get("cached").intValue()).isZero();
        assertThat(first.get("customizations")).hasSize(2);
        JsonNode again = evaluated(task, "--with", "tickets", "--with", lora.toString());
        assertThat(again.get("cached").intValue()).isEqualTo(10);
        assertThat(again.get("metrics")).isEqualTo(first.get("metrics"));
        assertThat(evaluated(task, "--with", "tickets").get("cached").intValue())
                .isZero();
        JsonNode rows = json(savile(
                "eval",
                "--with",
                lora.toString(),
                "--with",
                "tickets",
                "--data",
                home.resolve("tickets.csv").toString(),
                "--text",
                "message",
                "--label",
                "team",
                "--limit",
                "10"));
        assertThat(rows.get("customizations")).hasSize(2);
        assertThat(json(chat("bill 12f\n", "--with", lora.toString(), "--with", "tickets", "--max-tokens", "2"))
                        .get("promptTokens"))
                .isEqualTo(both.get("promptTokens"));

        save("other", "input: \"{message}\"\n");
        refused(savile("generate", "--with", "tickets", "--with", "other", "--prompt", "x"), "customization.prompts");
    }

    private JsonNode asked(String... with) {
        List<String> command = new ArrayList<>(List.of("generate", "--prompt", "bill 12f"));
        command.addAll(List.of(with));
        return json(savile(command.toArray(String[]::new)));
    }

    private JsonNode evaluated(String task, String... with) {
        List<String> command = new ArrayList<>(List.of("eval", "--task", task, "--limit", "10"));
        command.addAll(List.of(with));
        return json(savile(command.toArray(String[]::new)));
    }

    @Test
    void weightsThatChangeDifferentPlacesGoTogether() {
        Path lora = lora("team", "lora");
        Path ia3 = lora("factors", "ia3");
        Path other = lora("dora", "dora");
        JsonNode both = asked("--with", lora.toString(), "--with", ia3.toString());
        assertThat(both.get("probability"))
                .isNotEqualTo(asked("--with", lora.toString()).get("probability"));
        assertThat(asked("--with", ia3.toString(), "--with", lora.toString()).get("probabilities"))
                .isEqualTo(both.get("probabilities"));
        refused(
                savile("generate", "--with", lora.toString(), "--with", other.toString(), "--prompt", "x"),
                "technique.combination");
        refused(savile("merge", "--with", lora.toString(), "--with", ia3.toString(), "--out", "never"), "merge.with");
    }

    @Test
    void anEarlierVersionIsServedAgain() throws IOException {
        save("tickets", "input: \"{message}\"\n");
        String first = version("tickets");
        save("tickets", "input: \"Ticket: {message}\"\n");
        String second = version("tickets");
        assertThat(second).isNotEqualTo(first);
        assertThat(json(savile("prompt", "show", "tickets"))
                        .get("inputTemplate")
                        .asString())
                .isEqualTo("Ticket: {message}");
        JsonNode back = json(Command.run(home, "rollback", "tickets", first.substring(0, 6), "--json"));
        assertThat(back.get("version").asString()).isEqualTo(first);
        assertThat(version("tickets")).isEqualTo(first);
        assertThat(json(savile("prompt", "show", "tickets"))
                        .get("inputTemplate")
                        .asString())
                .isEqualTo("{message}");
        JsonNode versions =
                json(Command.run(home, "customizations", "tickets", "--json")).get("versions");
        assertThat(versions).hasSize(2);
        for (JsonNode one : versions)
            assertThat(one.get("current").booleanValue())
                    .isEqualTo(one.get("version").asString().equals(first));
        Command unknown = Command.run(home, "rollback", "tickets", "0000000", "--json");
        assertThat(unknown.code()).isEqualTo(3);
        assertThat(unknown.err()).contains("customization.version", first, second);
        assertThat(Command.run(home, "rollback", "tickts").err()).contains("customization.missing", "tickets");
        assertThat(asked("--with", "tickets/" + second).get("promptTokens").intValue())
                .isGreaterThan(asked("--with", "tickets").get("promptTokens").intValue());
    }

    private String version(String name) {
        JsonNode listed = json(Command.run(home, "customizations", "--json")).get("customizations");
        for (JsonNode one : listed)
            if (one.get("name").asString().equals(name))
                return one.get("version").asString();
        throw new AssertionError(listed);
    }
}
