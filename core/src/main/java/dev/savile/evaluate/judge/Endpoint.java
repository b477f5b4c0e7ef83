package dev.savile.evaluate.judge;

import dev.savile.common.UserError;
import java.net.URI;
import java.time.Duration;

/// Where and how an OpenAI-compatible endpoint is asked.
///
/// @param url         base address, to which `/chat/completions` is added
/// @param model       name of the model there
/// @param keyVariable environment variable that holds the key; empty when none is needed
/// @param temperature above 0, so that draws differ
/// @param maxTokens   longest answer
/// @param timeout     for one answer
/// @param attempts    tries of one request, at least 1
/// @param firstWait   before the second try; doubled for each further one
public record Endpoint(
        URI url,
        String model,
        String keyVariable,
        double temperature,
        int maxTokens,
        Duration timeout,
        int attempts,
        Duration firstWait) {
    /// @throws UserError `judge.url` when the address is none of the web; `judge.temperature`
    public Endpoint {
        String scheme = String.valueOf(url.getScheme());
        if (!(scheme.equals("http") || scheme.equals("https"))
                || url.getHost() == null
                || url.getQuery() != null
                || url.getUserInfo() != null)
            throw new UserError(
                    "judge.url",
                    "'" + url.toString().replaceAll("//[^/]*@", "//") + "' is no plain web address of a judge",
                    "requests go to its path /chat/completions",
                    "write http or https, the host, and the path before /chat/completions, nothing else");
        if (!(temperature > 0)) // NaN fails too
        throw new UserError(
                    "judge.temperature",
                    "the judge's temperature is " + temperature,
                    "several draws of one verdict would be the same draw",
                    "use 0.7");
        if (maxTokens < 1 || attempts < 1)
            throw new IllegalArgumentException(
                    "maxTokens and attempts must be at least 1, got " + maxTokens + " and " + attempts);
    }

    /// Ask with the usual settings: temperature 0.7, 512 tokens, a minute for an answer, 5 tries over 15 seconds.
    ///
    /// @throws UserError `judge.url`
    public static Endpoint of(String url, String model, String keyVariable) {
        return new Endpoint(
                address(url), model, keyVariable, 0.7, 512, Duration.ofSeconds(60), 5, Duration.ofSeconds(1));
    }

    private static URI address(String url) {
        try {
            return URI.create(url.strip());
        } catch (IllegalArgumentException e) {
            throw new UserError(
                            "judge.url",
                            "the judge's address cannot be read",
                            "verdicts come from there",
                            "write it like http://127.0.0.1:8000/v1")
                    .causedBy(e);
        }
    }

    URI completions() {
        return URI.create(url.toString().replaceAll("/+$", "") + "/chat/completions");
    }
}
