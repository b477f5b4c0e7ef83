package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.savile.common.Json;
import java.io.IOException;
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

/// The verbs as a user runs them, one after the other, on a tiny random model.
class EndToEndTest {
    @TempDir
    Path home;

    private Path model;
    private Path data;

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
        data = home.resolve("tickets.csv");
        var csv = new StringBuilder("message,team\n");
        for (int i = 0; i < 160; i++)
            csv.append(i % 2 == 0 ? "\"bill, " : "\"box, ")
                    .append(Integer.toString(i * 7919 + 50_003, 36))
                    .append("\",")
                    .append(i % 2 == 0 ? "pay" : "post")
                    .append('\n');
        Files.writeString(data, csv);
    }

    private Command savile(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", model.toString(), "--precision", "fp32", "--threads", "1", "--json"));
        return Command.run(home, all.toArray(String[]::new));
    }

    /// Run a verb on the labelled rows.
    private Command onTickets(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString(), "--text", "message", "--label", "team"));
        return savile(all.toArray(String[]::new));
    }

    private static JsonNode json(Command command) {
        assertThat(command.code()).as(command.err()).isZero();
        return Json.strict().readTree(command.lastLine());
    }

    private JsonNode tuned(Path out) {
        return json(onTickets(
                "tune",
                "lora",
                "--out",
                out.toString(),
                "--set",
                "epochs=2",
                "--set",
                "learning-rate=0.01",
                "--resume"));
    }

    @Test
    void whatIsTunedIsEvaluatedComparedAndUsed() {
        Path out = home.resolve("team");
        JsonNode tune = tuned(out);
        assertThat(tune.get("steps").intValue()).isEqualTo(20);
        for (String key : List.of("customization", "run", "rowsPerSecond", "tokensPerSecond", "peakBytes", "loss"))
            assertThat(tune.has(key)).as(key).isTrue();
        assertThat(out.resolve("adapter_model.safetensors")).exists();
        assertThat(out.resolve("adapter_config.json")).exists();

        JsonNode again = tuned(out);
        assertThat(again.get("steps").intValue()).isEqualTo(20); // finished: it answers at once

        JsonNode eval = json(onTickets("eval", "--with", out.toString(), "--against", "base"));
        assertThat(eval.get("rows").intValue()).isEqualTo(160);
        JsonNode accuracy = eval.at("/metrics/accuracy");
        assertThat(accuracy.get("low").doubleValue())
                .isLessThanOrEqualTo(accuracy.get("value").doubleValue());
        assertThat(eval.at("/comparison/verdict").asString()).isIn("better", "worse", "equivalent", "undecided");

        JsonNode text = json(savile("generate", "--with", out.toString(), "--prompt", "bill", "--max-tokens", "3"));
        assertThat(text.get("tokens").intValue()).isBetween(1, 3);
        assertThat(text.get("finish").asString()).isIn("stop", "length");

        assertThat(json(Command.run(home, "runs", "--json")).toString()).contains("tune", "finished");
    }

    @Test
    void aFolderThatHoldsSomethingElseIsRefusedAndUntouched() throws IOException {
        Path out = Files.createDirectories(home.resolve("mine"));
        Files.writeString(out.resolve("notes.txt"), "keep me");
        Command refused = onTickets("tune", "lora", "--out", out.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(out.toFile().list()).containsExactly("notes.txt");
    }

    @Test
    void logitsAreWrittenForGivenIds() {
        Path out = home.resolve("logits.safetensors");
        json(savile("logits", "--ids", "1,2,3", "--out", out.toString()));
        assertThat(out).isNotEmptyFile();
    }

    @Test
    void rowsAreShownAsTheModelSeesThem() {
        Command shown = onTickets("show", "--rows", "1");
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("bill");
    }

    @Test
    void aShareOutsideOfZeroAndOneIsNoFileName() {
        Command refused = onTickets("tune", "lora", "--validation", "1.5");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("tune.validation");
    }

    @Test
    void brokenJsonIsReportedWithoutTheParsersOwnNotes() throws IOException {
        Path broken = home.resolve("broken.jsonl");
        Files.write(broken, "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\"".getBytes(StandardCharsets.UTF_8));
        Command refused = savile("eval", "--data", broken.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("line 2").doesNotContain("Source", "REDACTED");
    }

    @Test
    void theRaceEndsWithAReportAndAWinner() throws IOException {
        Path out = home.resolve("study");
        JsonNode result = json(onTickets("select", "--budget", "40s", "--out", out.toString()));
        assertThat(result.at("/recommendation/reason").asString()).isNotBlank();
        assertThat(result.get("arms").size()).isEqualTo(7);
        String report = Files.readString(out.resolve("report.html"));
        assertThat(report).contains("<svg", "lora").doesNotContain("src=\"http", "href=\"http");
        assertThat(out.resolve("decision.json")).exists();
        assertThat(out.resolve("test-access.log")).isNotEmptyFile();
    }
}
