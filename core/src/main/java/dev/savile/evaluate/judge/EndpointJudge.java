package dev.savile.evaluate.judge;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// A judge behind an OpenAI-compatible endpoint.
///
/// A request that is refused for now (429, 5xx) or fails on the way is tried again, each time after twice the wait,
/// or after what the endpoint asks for. The key never appears in a message. *Left out*: several requests at a time,
/// streaming, redirects.
public final class EndpointJudge implements Judge {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final int SHOWN_CHARACTERS = 200;
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]+");

    private final Endpoint endpoint;
    private final String key;
    private final HttpClient http;

    /// @throws UserError `judge.key` when the variable that is to hold the key is not set
    public EndpointJudge(Endpoint endpoint, Env env) {
        this.endpoint = endpoint;
        this.key = endpoint.keyVariable().isEmpty() ? "" : key(endpoint.keyVariable(), env);
        this.http = HttpClient.newBuilder().connectTimeout(endpoint.timeout()).build();
    }

    private static String key(String variable, Env env) {
        String key = env.variable(variable).map(String::strip).orElse("");
        if (!KEY.matcher(key).matches())
            throw new UserError(
                    "judge.key",
                    "the environment variable " + variable + (key.isEmpty() ? " is not set" : " holds no key"),
                    "the judge is asked with the key in it",
                    "set " + variable + ", or name no variable when the judge needs no key");
        return key;
    }

    @Override
    public ModelIdentity identity() {
        return ModelIdentity.named(endpoint.model());
    }

    @Override
    public Object settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("url", endpoint.completions().toString());
        settings.put("model", endpoint.model());
        settings.put("temperature", endpoint.temperature());
        settings.put("maxTokens", endpoint.maxTokens());
        return settings;
    }

    /// Ask for one answer. A stop does not end it: it is paid for.
    ///
    /// @throws UserError `judge.unreachable` when no try was answered, `judge.refused` when the endpoint does not
    ///         want the request, `judge.answer` when it answers in another form
    @Override
    public Optional<String> answer(String prompt, int draw) {
        HttpRequest request = request(prompt, draw);
        String problem = "";
        Duration wait = endpoint.firstWait();
        for (int attempt = 1; ; attempt++) {
            Duration asked = Duration.ZERO;
            try {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                int status = response.statusCode();
                if (status == 200) return Optional.of(content(response.body()));
                if (status != 429 && status < 500) throw refused(status, response.body());
                problem = "status " + status;
                asked = askedWait(response);
            } catch (IOException e) {
                problem = e.getClass().getSimpleName()
                        + (e.getMessage() == null
                                ? ""
                                : ": " + e.getMessage().lines().findFirst().orElse(""));
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            if (attempt == endpoint.attempts()) throw unreachable(problem);
            sleep(asked.compareTo(wait) > 0 ? asked : wait);
            wait = shorter(wait.multipliedBy(2), LONGEST_WAIT);
        }
    }

    private HttpRequest request(String prompt, int draw) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", endpoint.model());
        body.put("messages", List.of(Map.of("role", "user", "content", prompt)));
        body.put("temperature", endpoint.temperature());
        body.put("max_tokens", endpoint.maxTokens());
        body.put("seed", draw);
        var request = HttpRequest.newBuilder(endpoint.completions())
                .timeout(endpoint.timeout())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)));
        if (!key.isEmpty()) request.header("Authorization", "Bearer " + key);
        return request.build();
    }

    /// A model that has nothing to say gives an empty text, which is no verdict.
    private static String content(String body) {
        try {
            JsonNode message =
                    Json.lenient().readTree(body).path("choices").path(0).path("message");
            if (message.isObject()) return message.path("content").asString("");
        } catch (JacksonException _) {
            // refused below like any other form
        }
        throw new UserError(
                "judge.answer",
                "the judge's endpoint answered in an unknown form: " + shown(body),
                "expected is choices[0].message.content",
                "check that the address is that of an OpenAI-compatible endpoint");
    }

    private UserError refused(int status, String body) {
        return new UserError(
                "judge.refused",
                "the judge's endpoint refused the request with status " + status + ": " + shown(body),
                "no verdicts come from there",
                status == 401 || status == 403
                        ? "check the key" + (key.isEmpty() ? "" : " in " + endpoint.keyVariable())
                        : "check the address and the model's name, " + endpoint.model());
    }

    private UserError unreachable(String problem) {
        return UserError.resource(
                "judge.unreachable",
                "the judge at " + endpoint.url() + " did not answer in " + endpoint.attempts() + " tries (last: "
                        + problem + ")",
                "answers without a verdict cannot be compared",
                "check that it runs there, or wait until it takes requests again");
    }

    /// What the endpoint asks for, in whole seconds; dates are not read.
    private static Duration askedWait(HttpResponse<String> response) {
        String seconds = response.headers().firstValue("Retry-After").orElse("");
        return seconds.matches("\\d{1,6}")
                ? shorter(Duration.ofSeconds(Long.parseLong(seconds)), LONGEST_WAIT)
                : Duration.ZERO;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static void sleep(Duration wait) {
        try {
            Thread.sleep(wait);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static CancellationException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        var stopped = new CancellationException("interrupted while the judge was asked");
        stopped.initCause(cause);
        return stopped;
    }

    private static String shown(String body) {
        String line = body.strip().replaceAll("\\s+", " ");
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "...";
    }
}
