package dev.savile.files.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.savile.common.Env;
import dev.savile.common.Progress;
import dev.savile.common.UserError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLocatorTest {
    @TempDir
    Path temp;

    private Env env(String endpoint) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("SAVILE_HOME", temp.resolve("home").toString());
        variables.put("HOME", temp.resolve("user").toString());
        variables.put("HF_ENDPOINT", endpoint);
        return new Env(variables);
    }

    private static HttpServer hub(Map<String, String> files) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            String body = files.get(path.substring(path.lastIndexOf('/') + 1));
            byte[] bytes = (body == null ? "not there" : body).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body == null ? 404 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void aModelIsFetchedWholeAndFoundTheNextTime() throws IOException {
        HttpServer server = hub(Map.of("config.json", "{}", "model.safetensors", "weights", "tokenizer.json", "{}"));
        String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            ModelFiles files = new ModelLocator(env(endpoint), Progress.none()).locate("org/tiny");
            assertThat(files.folder()).isEqualTo(temp.resolve("home/models/tiny"));
            assertThat(files.folder().resolve("model.safetensors")).hasContent("weights");
        } finally {
            server.stop(0);
        }
        assertThat(new ModelLocator(env(endpoint), Progress.none())
                        .locate("org/tiny")
                        .folder())
                .isEqualTo(temp.resolve("home/models/tiny"));
    }

    @Test
    void aModelWithoutWeightsIsRefusedAndNothingIsLeft() throws IOException {
        HttpServer server = hub(Map.of("config.json", "{}"));
        try {
            var locator = new ModelLocator(
                    env("http://127.0.0.1:" + server.getAddress().getPort()), Progress.none());
            assertThatThrownBy(() -> locator.locate("org/tiny"))
                    .isInstanceOfSatisfying(
                            UserError.class, e -> assertThat(e.code()).isEqualTo("hub.missing"));
            try (var left = Files.list(temp.resolve("home/models"))) {
                assertThat(left).isEmpty();
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    void pickleFilesAreNeverRead() throws IOException {
        Path folder = temp.resolve("old");
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("pytorch_model.bin"), "pickle");
        assertThatThrownBy(() -> new ModelLocator(env("http://127.0.0.1:9"), Progress.none()).locate(folder.toString()))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("model.pickle"));
    }

    @Test
    void aNameThatIsNothingIsRefused() {
        assertThatThrownBy(() -> new ModelLocator(env("http://127.0.0.1:9"), Progress.none()).locate("nothing"))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo("model.missing"));
    }
}
