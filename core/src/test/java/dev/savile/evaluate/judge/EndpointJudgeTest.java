package dev.savile.evaluate.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(30)
class EndpointJudgeTest {
    private static final String ANSWER =
            "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"tie\"}}]}";

    /// What the server does with one request.
    private interface Reply {
        void to(HttpExchange exchange) throws IOException;
    }

    private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());
    private final List<String> keys = Collections.synchronizedList(new ArrayList<>());
    private final List<Reply> replies = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch ended = new CountDownLatch(1);
    private HttpServer server = open();

    private static HttpServer open() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void serve() {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/chat/completions", exchange -> {
            try (exchange) {
                bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                (replies.isEmpty() ? reply(200, ANSWER) : replies.removeFirst()).to(exchange);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        ended.countDown();
        server.stop(0);
    }

    private static Reply reply(int status, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        };
    }

    private Endpoint endpoint(String keyVariable, Duration timeout) {
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/");
        return new Endpoint(url, "some-model", keyVariable, 0.7, 64, timeout, 3, Duration.ofMillis(1));
    }

    private EndpointJudge judge() {
        return new EndpointJudge(endpoint("", Duration.ofSeconds(20)), new Env(Map.of()));
    }

    private UserError refused(EndpointJudge judge) {
        var error = catchThrowableOfType(UserError.class, () -> judge.answer("Who?", 0));
        assertThat(error).isNotNull();
        return error;
    }

    @Test
    void aRequestHoldsModelPromptAndDrawAndTheAnswerComesBack() {
        var env = new Env(Map.of("MY_KEY", "sk-secret "));
        var judge = new EndpointJudge(endpoint("MY_KEY", Duration.ofSeconds(20)), env);
        assertThat(judge.answer("Who is \"right\"?\n", 2)).contains("tie");
        JsonNode body = Json.lenient().readTree(bodies.getFirst());
        assertThat(body.get("model").asString()).isEqualTo("some-model");
        assertThat(body.get("messages").get(0).get("role").asString()).isEqualTo("user");
        assertThat(body.get("messages").get(0).get("content").asString()).isEqualTo("Who is \"right\"?\n");
        assertThat(body.get("seed").asInt()).isEqualTo(2);
        assertThat(body.get("max_tokens").asInt()).isEqualTo(64);
        assertThat(keys).containsExactly("Bearer sk-secret");
        assertThat(judge.identity()).isEqualTo(ModelIdentity.named("some-model"));
    }

    @Test
    void settingsAreAllThatAnswersDependOnAndNoKey() {
        var env = new Env(Map.of("MY_KEY", "sk-secret"));
        Endpoint one = endpoint("MY_KEY", Duration.ofSeconds(20));
        Object settings = new EndpointJudge(one, env).settings();
        assertThat(Json.line(settings)).doesNotContain("sk-secret");
        List<Endpoint> others = List.of(
                new Endpoint(
                        URI.create("http://127.0.0.1:1/v1"),
                        "some-model",
                        "",
                        0.7,
                        64,
                        one.timeout(),
                        3,
                        one.timeout()),
                new Endpoint(one.url(), "other-model", "", 0.7, 64, one.timeout(), 3, one.timeout()),
                new Endpoint(one.url(), "some-model", "", 0.8, 64, one.timeout(), 3, one.timeout()),
                new Endpoint(one.url(), "some-model", "", 0.7, 65, one.timeout(), 3, one.timeout()));
        for (Endpoint other : others)
            assertThat(new EndpointJudge(other, env).settings()).as("%s", other).isNotEqualTo(settings);
        var patient = new Endpoint(one.url(), "some-model", "", 0.7, 64, Duration.ofSeconds(9), 1, one.timeout());
        assertThat(new EndpointJudge(patient, env).settings()).isEqualTo(settings);
    }

    @Test
    void withoutAKeyNoneIsSent() {
        judge().answer("Who?", 0);
        assertThat(keys).containsExactly("null");
    }

    @Test
    void aRefusalForNowIsTriedAgain() {
        replies.add(reply(429, "slow down"));
        replies.add(reply(503, "busy"));
        assertThat(judge().answer("Who?", 0)).contains("tie");
        assertThat(bodies).hasSize(3);
    }

    @Test
    void theEndpointSaysHowLongToWait() {
        replies.add(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "1");
            reply(429, "").to(exchange);
        });
        long start = System.nanoTime();
        assertThat(judge().answer("Who?", 0)).contains("tie");
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isGreaterThanOrEqualTo(990);
    }

    @Test
    void afterTheLastTryItIsUnreachable() {
        for (int i = 0; i < 3; i++) replies.add(reply(500, "broken"));
        UserError error = refused(judge());
        assertThat(error.code()).isEqualTo("judge.unreachable");
        assertThat(error.what()).contains("3 tries").contains("status 500");
        assertThat(bodies).hasSize(3);
    }

    @Test
    void nobodyThereIsUnreachable() {
        EndpointJudge judge = judge();
        server.stop(0);
        assertThat(refused(judge).code()).isEqualTo("judge.unreachable");
        server = open();
    }

    @Test
    void anEndpointThatNeverAnswersIsUnreachable() {
        for (int i = 0; i < 3; i++)
            replies.add(exchange -> {
                try {
                    ended.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            });
        var judge = new EndpointJudge(endpoint("", Duration.ofMillis(300)), new Env(Map.of()));
        UserError error = refused(judge);
        assertThat(error.code()).isEqualTo("judge.unreachable");
        assertThat(error.what()).contains("HttpTimeoutException");
    }

    @Test
    void aWrongKeyIsRefusedAtOnceAndNeverShown() {
        replies.add(reply(401, "{\"error\":\n \"invalid key\"}"));
        var env = new Env(Map.of("MY_KEY", "sk-secret"));
        UserError error = refused(new EndpointJudge(endpoint("MY_KEY", Duration.ofSeconds(20)), env));
        assertThat(error.code()).isEqualTo("judge.refused");
        assertThat(error.what()).contains("401").contains("invalid key").doesNotContain("sk-secret");
        assertThat(error.fix()).contains("MY_KEY");
        assertThat(bodies).hasSize(1);
    }

    @Test
    void otherFormsAreRefusedAndAnEmptyAnswerIsNone() {
        replies.add(reply(200, "<html>hello</html>"));
        assertThat(refused(judge()).code()).isEqualTo("judge.answer");
        replies.add(reply(200, "{\"choices\": []}"));
        assertThat(refused(judge()).code()).isEqualTo("judge.answer");
        replies.add(reply(200, "{\"choices\": [{\"message\": {\"content\": null}}]}"));
        assertThat(judge().answer("Who?", 0)).contains("");
    }

    @Test
    void aKeyThatIsNotSetIsSaidBeforeAnythingIsSent() {
        var error = catchThrowableOfType(
                UserError.class,
                () -> new EndpointJudge(endpoint("MY_KEY", Duration.ofSeconds(20)), new Env(Map.of("MY_KEY", " "))));
        assertThat(error.code()).isEqualTo("judge.key");
        assertThat(error.what()).contains("MY_KEY");
    }

    @Test
    void addressesThatAreNoneAreRefused() {
        for (String url :
                List.of("ftp://127.0.0.1/v1", "127.0.0.1:8000", "http://a:b@127.0.0.1/v1", "http://x y", "")) {
            var error = catchThrowableOfType(UserError.class, () -> Endpoint.of(url, "m", ""));
            assertThat(error).as(url).isNotNull();
            assertThat(error.code()).isEqualTo("judge.url");
            assertThat(error.what()).doesNotContain("a:b");
        }
        assertThat(Endpoint.of("https://127.0.0.1/v1/", "m", "").completions())
                .isEqualTo(URI.create("https://127.0.0.1/v1/chat/completions"));
    }
}
