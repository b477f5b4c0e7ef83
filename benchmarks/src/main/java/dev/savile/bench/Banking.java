package dev.savile.bench;

import dev.savile.common.Json;
import dev.savile.data.Columns;
import dev.savile.data.LabelledReader;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Rng;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// LoRA by its defaults on BANKING77: 2,000 rows of 77 labels, 500 test rows.
final class Banking implements Bench {
    private static final double BAR = 0.75;

    @Override
    public String name() {
        return "banking77";
    }

    @Override
    public String about() {
        return "tune lora, then eval, by their defaults on BANKING77: 2,000 training rows, 500 test rows, 77 labels";
    }

    @Override
    public List<Row> run() {
        try {
            Path folder = Files.createTempDirectory("bench-banking");
            Path data = Processes.shared().resolve("data/banking77");
            Path train = sample(data.resolve("train.csv"), 2000, folder.resolve("train.csv"));
            Path test = sample(data.resolve("test.csv"), 500, folder.resolve("test.csv"));
            Path out = folder.resolve("lora");
            JsonNode tuned = Json.lenient()
                    .readTree(Processes.lastLine(Processes.output(Processes.savile(
                            "tune",
                            "lora",
                            "--data",
                            train.toString(),
                            "--text",
                            "text",
                            "--label",
                            "category",
                            "--out",
                            out.toString(),
                            "--json",
                            "--quiet"))));
            JsonNode result = Json.lenient()
                    .readTree(Processes.lastLine(Processes.output(Processes.savile(
                            "eval",
                            "--with",
                            out.toString(),
                            "--data",
                            test.toString(),
                            "--text",
                            "text",
                            "--label",
                            "category",
                            "--json",
                            "--quiet"))));
            JsonNode accuracy = result.path("metrics").path("accuracy");
            double value = accuracy.get("value").doubleValue();
            return List.of(new Row(
                    "exact, 500 rows",
                    String.format(
                            Locale.ROOT,
                            "%.1f %% (%.1f..%.1f), trained in %.0f s",
                            100 * value,
                            100 * accuracy.get("low").doubleValue(),
                            100 * accuracy.get("high").doubleValue(),
                            tuned.get("seconds").doubleValue()),
                    "at least 75 %",
                    value >= BAR));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path sample(Path file, int count, Path target) {
        List<LabelledRow> rows =
                LabelledReader.read(file, Columns.named("text", "category")).rows();
        int[] order = Rng.of(1, "banking77", file.getFileName().toString()).permutation(rows.size());
        var csv = new LabelledCsv("category");
        for (int i = 0; i < count; i++)
            csv.add(rows.get(order[i]).text(), rows.get(order[i]).label());
        return csv.write(target);
    }
}
