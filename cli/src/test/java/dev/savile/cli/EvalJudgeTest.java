package dev.savile.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.savile.common.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A model as judge as a user asks it: the answers are those of a tiny random model, the judge is a server here.
class EvalJudgeTest {
    /// 4 rows, 2 orders, 3 draws.
    private static final int VERDICTS = 24;

    @TempDir
    Path home;

    private final AtomicInteger answered = new AtomicInteger();
    private Path model;
    private HttpServer server;
    private volatile int most = Integer.MAX_VALUE;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.file();
        Files.writeString(home.resolve("sums.csv"), "q,a\n1 + 1,two\n2 + 2,four\n3 + 3,six\n4 + 4,eight\n");
        Files.writeString(home.resolve("sums.yaml"), """
                kind: text
                data: sums.csv
                evaluate-only: true
                input: "{q}"
                target: "{a}"
                max-tokens: 4
                """);
        Files.writeString(home.resolve("people.csv"), "id,preference\n0,tie\n1,TIE\n2,first\n3,second\n");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        if (server != null) server.stop(0);
    }

    /// The first draw says nothing, the others that neither is better; after so many answers the key is refused.
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode body = Json.lenient().readTree(exchange.getRequestBody().readAllBytes());
            boolean refused = answered.get() >= most;
            if (!refused) answered.incrementAndGet();
            String said =
                    body.get("seed").intValue() == 0 ? "I cannot tell." : "Both are short.\n{\"verdict\": \"tie\"}";
            byte[] bytes = Json.line(Map.of("choices", List.of(Map.of("message", Map.of("content", said)))))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(refused ? 401 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private Command judged(String... more) {
        List<String> all = new ArrayList<>(List.of(
                "eval",
                "--system",
                "Add.",
                "--against",
                "base",
                "--judge",
                "http://127.0.0.1:" + server.getAddress().getPort() + "/v1",
                "--judge-model",
                "stub"));
        all.addAll(List.of(more));
        return onSums(all);
    }

    private Command onSums(List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--task", home.resolve("sums.yaml").toString()));
        all.addAll(TinyModel.options(model));
        return Command.run(home, all.toArray(String[]::new));
    }

    private JsonNode json(String... more) {
        List<String> all = new ArrayList<>(List.of(more));
        all.add("--json");
        return Command.json(judged(all.toArray(String[]::new))).get("judged");
    }

    @Test
    void verdictsAreCountedComparedWithPeopleAndShown() {
        String people = home.resolve("people.csv").toString();
        JsonNode judged = json("--human", people);
        assertThat(answered).hasValue(VERDICTS);
        assertThat(judged.get("judge").asString()).isEqualTo("stub");
        assertThat(judged.get("rubric").asString()).isEqualTo("helpful-1");
        assertThat(judged.get("wins").intValue()).isZero();
        assertThat(judged.get("ties").intValue()).isEqualTo(4);
        assertThat(judged.get("losses").intValue()).isZero();
        assertThat(judged.get("p").doubleValue()).isEqualTo(1);
        assertThat(judged.at("/winRate/value").doubleValue()).isEqualTo(0.5);
        assertThat(judged.at("/unparsedDraws/value").doubleValue()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(judged.at("/unparsedPairs/value").doubleValue()).isZero();
        assertThat(judged.at("/orderDisagreement/value").doubleValue()).isZero();
        assertThat(judged.at("/humanAgreement/value").doubleValue()).isEqualTo(0.5);
        assertThat(judged.get("kappa").doubleValue()).isZero(); // half agree by chance alone
        assertThat(judged.get("cached").intValue()).isZero();

        Command again = judged("--human", people);
        assertThat(answered).hasValue(VERDICTS);
        assertThat(again.out())
                .contains("stub as judge (helpful-1)", "ties 4", "24 verdicts from an earlier run")
                .containsPattern("draws without a verdict +33\\.3 % \\([0-9.]+\\) of 24")
                .containsPattern("agreement with people +50\\.0 % \\([0-9.]+\\) of 4");
        assertThat(again.err()).contains("only 4 preferences of people");
    }

    @Test
    void whatAJudgeSaidStandsInReports() throws IOException {
        List<String> forms = List.of("html", "md", "json");
        List<String> options = new ArrayList<>();
        for (String form : forms)
            options.addAll(List.of("--report", home.resolve("r." + form).toString()));
        json(options.toArray(String[]::new));
        for (String form : forms.subList(0, 2))
            assertThat(home.resolve("r." + form))
                    .content()
                    .contains(
                            "stub as judge (helpful-1)", "draws without a verdict", "neither", "nobody knows how far");
        JsonNode judged = Json.tree(home.resolve("r.json")).get("judged");
        assertThat(judged.get("ties").intValue()).isEqualTo(4);
        assertThat(judged.get("verdicts").size()).isEqualTo(4);
        assertThat(judged.at("/verdicts/0/better").asString()).isEqualTo("neither");
    }

    @Test
    void aJudgeThatLeavesIsAskedOnlyForTheRest() {
        most = 10;
        Command refused = judged("--json");
        assertThat(refused.code()).isNotZero();
        assertThat(refused.err()).contains("judge.refused");
        assertThat(refused.out()).doesNotContain("wins");
        most = Integer.MAX_VALUE;
        JsonNode resumed = json();
        assertThat(resumed.get("cached").intValue()).isEqualTo(10);
        assertThat(resumed.get("ties").intValue()).isEqualTo(4);
        assertThat(answered).hasValue(VERDICTS);
        assertThat(json("--no-cache").get("cached").intValue()).isZero();
        assertThat(answered).hasValue(2 * VERDICTS);
        assertThat(json("--criterion", "The shorter one is better.")
                        .get("cached")
                        .intValue())
                .isZero();
        assertThat(answered).hasValue(3 * VERDICTS);
    }

    @Test
    void aModelIsNoStrangerToItselfUnderAnotherPrompt() {
        for (String name : List.of("one", "two")) {
            Command saved = onSums(List.of("prompt", "save", "--name", name, "--system", name));
            assertThat(saved.code()).as(saved.err()).isZero();
        }
        Command refused = onSums(List.of("eval", "--with", "one", "--against", "two", "--judge", model.toString()));
        assertThat(refused.err()).contains("judge.self");
    }

    @Test
    void preferencesThatCannotBeReadAreRefusedBeforeTheJudgeIsAsked() throws IOException {
        Files.writeString(home.resolve("people.csv"), "id,preference\n0,both\n");
        Command refused = judged("--human", home.resolve("people.csv").toString());
        assertThat(refused.err()).contains("judge.human", "line 2", "both");
        assertThat(answered).hasValue(0);
    }
}
