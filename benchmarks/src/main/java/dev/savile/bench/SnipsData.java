package dev.savile.bench;

import dev.savile.common.UserError;
import dev.savile.engine.Rng;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Turn the SNIPS intents (one JSON file an intent, texts cut into slots) into labelled rows.
final class SnipsData {
    static final List<String> INTENTS = List.of(
            "AddToPlaylist",
            "BookRestaurant",
            "GetWeather",
            "PlayMusic",
            "RateBook",
            "SearchCreativeWork",
            "SearchScreeningEvent");

    private SnipsData() {}

    /// Write a CSV with `perIntent` different texts of each intent, drawn by a seed.
    static Path write(Path folder, int perIntent, long seed, Path target) {
        var csv = new LabelledCsv("label");
        for (String intent : INTENTS) {
            List<String> texts = texts(folder.resolve("train_" + intent + "_full.json"), intent);
            int[] order = Rng.of(seed, "snips", intent).permutation(texts.size());
            for (int i = 0; i < perIntent; i++) csv.add(texts.get(order[i]), intent);
        }
        return csv.write(target);
    }

    private static List<String> texts(Path file, String intent) {
        Set<String> texts = new LinkedHashSet<>();
        try {
            byte[] bytes = Files.readAllBytes(file);
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.indexOf('\uFFFD') >= 0)
                text = new String(bytes, StandardCharsets.ISO_8859_1); // two files are Latin-1
            JsonNode rows = dev.savile.common.Json.lenient().readTree(text).get(intent);
            for (JsonNode row : rows) {
                var whole = new StringBuilder();
                for (JsonNode part : row.get("data"))
                    whole.append(part.get("text").asString());
                String clean = whole.toString().replaceAll("\\s+", " ").strip();
                if (!clean.isEmpty()) texts.add(clean);
            }
        } catch (IOException e) {
            throw UserError.notFound(
                    "bench.data",
                    "cannot read " + file,
                    "the benchmark needs the SNIPS intents",
                    "put them beside the repository under ../shared/data/snips");
        }
        return new ArrayList<>(texts);
    }
}
