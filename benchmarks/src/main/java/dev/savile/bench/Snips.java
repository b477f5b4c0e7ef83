package dev.savile.bench;

import dev.savile.common.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// The race on SNIPS, three splits of 1,120 rows, 15 minutes each.
final class Snips implements Bench {
    private static final double EACH = 0.92;
    private static final double MEDIAN = 0.93;

    @Override
    public String name() {
        return "snips";
    }

    @Override
    public String about() {
        return "select --budget 15m on 1,120 rows of SNIPS, three splits: LoRA on the sealed test (45 minutes)";
    }

    @Override
    public List<Row> run() {
        try {
            Path folder = Files.createTempDirectory("bench-snips");
            List<Row> rows = new ArrayList<>();
            List<Double> accuracies = new ArrayList<>();
            for (int split = 1; split <= 3; split++) {
                Path csv = SnipsData.write(
                        Processes.shared().resolve("data/snips"),
                        160,
                        split,
                        folder.resolve("snips-" + split + ".csv"));
                JsonNode result = Json.lenient()
                        .readTree(Processes.lastLine(Processes.output(Processes.savile(
                                "select",
                                "--data",
                                csv.toString(),
                                "--budget",
                                "15m",
                                "--json",
                                "--quiet",
                                "--out",
                                folder.resolve("study-" + split).toString()))));
                double lora = 0;
                for (JsonNode arm : result.get("arms")) {
                    JsonNode test = arm.path("test").path("accuracy");
                    System.out.printf(
                            Locale.ROOT,
                            "  split %d  %-18s select %s  test %s%n",
                            split,
                            arm.get("arm").stringValue(),
                            shown(arm.path("select").path("accuracy")),
                            shown(test));
                    if (arm.get("arm").stringValue().equals("lora") && !test.isMissingNode())
                        lora = test.get("value").doubleValue();
                }
                accuracies.add(lora);
                rows.add(new Row(
                        "split " + split + ": LoRA on the sealed test",
                        String.format(Locale.ROOT, "%.1f %%", 100 * lora),
                        "at least 92 %",
                        lora >= EACH));
            }
            double median = Processes.median(accuracies);
            rows.add(new Row(
                    "median of 3 splits",
                    String.format(Locale.ROOT, "%.1f %%", 100 * median),
                    "at least 93 %",
                    median >= MEDIAN));
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String shown(JsonNode score) {
        return score.isMissingNode() || !score.has("value")
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "%.1f (%.1f..%.1f)",
                        100 * score.get("value").doubleValue(),
                        100 * score.get("low").doubleValue(),
                        100 * score.get("high").doubleValue());
    }
}
