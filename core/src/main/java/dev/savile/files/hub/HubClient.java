package dev.savile.files.hub;

import dev.savile.common.DurableFiles;
import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Fetch a model from the Hugging Face hub, or from the mirror that `HF_ENDPOINT` names.
final class HubClient {
    private static final String ENDPOINT = "https://huggingface.co";
    private static final List<String> OPTIONAL = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "generation_config.json",
            "chat_template.jinja");

    private final String endpoint;
    private final String token;
    private final Progress progress;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();

    HubClient(Env env, Progress progress) {
        endpoint = env.variable("HF_ENDPOINT").orElse(ENDPOINT).replaceAll("/+$", "");
        token = env.variable("HF_TOKEN").orElse("");
        this.progress = progress;
    }

    /// Put a model into a folder, whole or not at all.
    ///
    /// @throws UserError `hub.unreachable`, `hub.missing`
    Path fetch(String id, Path target) {
        Path temporary = null;
        try (Progress.Task task = progress.start("fetching " + id, 0, "MB")) {
            Files.createDirectories(target.toAbsolutePath().getParent());
            temporary = Files.createTempDirectory(target.toAbsolutePath().getParent(), ".tmp-hub-");
            Path folder = temporary.resolve("model");
            Files.createDirectories(folder);
            if (!download(id, "config.json", folder, task)) throw missing(id, "config.json");
            for (String file : weightFiles(id, folder, task))
                if (!download(id, file, folder, task)) throw missing(id, file);
            for (String file : OPTIONAL) download(id, file, folder, task);
            DurableFiles.moveInto(folder, target);
            return target;
        } catch (IOException e) {
            throw UserError.notFound(
                            "hub.unreachable",
                            "the hub at " + endpoint + " could not be read: " + e,
                            "the model would come from there",
                            "check the network, set HF_ENDPOINT to a mirror, or put the model into " + target)
                    .causedBy(e);
        } finally {
            if (temporary != null) DurableFiles.delete(temporary);
        }
    }

    private List<String> weightFiles(String id, Path folder, Progress.Task task) throws IOException {
        if (!download(id, "model.safetensors.index.json", folder, task)) return List.of("model.safetensors");
        TreeSet<String> shards = new TreeSet<>();
        JsonNode map = Json.tree(folder.resolve("model.safetensors.index.json")).path("weight_map");
        for (JsonNode shard : map) shards.add(shard.asString());
        for (String shard : shards)
            if (!shard.matches("[\\w.-]+\\.safetensors"))
                throw new IOException("the index names a file that is none of the model's: " + shard);
        return new ArrayList<>(shards);
    }

    /// Fetch one file; tell whether it is there.
    private boolean download(String id, String file, Path folder, Progress.Task task) throws IOException {
        var request = HttpRequest.newBuilder(URI.create(endpoint + "/" + id + "/resolve/main/" + file))
                .timeout(Duration.ofMinutes(2));
        if (!token.isEmpty()) request.header("Authorization", "Bearer " + token);
        try {
            HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                if (response.statusCode() == 404 || response.statusCode() == 401) return false;
                if (response.statusCode() != 200) throw new IOException(file + ": status " + response.statusCode());
                task.note(file);
                long expected =
                        response.headers().firstValueAsLong("Content-Length").orElse(-1);
                long received = copy(in, folder.resolve(file), task);
                if (expected >= 0 && received != expected)
                    throw new IOException(file + ": " + received + " bytes came of " + expected);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static long copy(InputStream in, Path file, Progress.Task task) throws IOException {
        long bytes = 0;
        byte[] buffer = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                task.advance((bytes + read) / 1_000_000 - bytes / 1_000_000);
                bytes += read;
            }
        }
        DurableFiles.force(file);
        return bytes;
    }

    private UserError missing(String id, String file) {
        return UserError.notFound(
                "hub.missing",
                "the hub at " + endpoint + " has no " + file + " for " + id,
                "the model does not exist there, is private, or is not stored as safetensors",
                "check the name, and set HF_TOKEN for private models");
    }
}
