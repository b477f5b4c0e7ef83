package dev.savile.bench;

import dev.savile.common.Json;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// A thousand training steps must not make the process grow.
final class MemoryFlat implements Bench {
    private static final double BAR = 0.05;

    @Override
    public String name() {
        return "memory-flat";
    }

    @Override
    public String about() {
        return "resident memory at step 200 and step 1,000 of a LoRA training";
    }

    @Override
    public List<Row> run() {
        JsonNode result = Json.lenient()
                .readTree(Processes.lastLine(Processes.output(Processes.java(
                        "dev.savile.bench.Main", TrainingChild.NAME, "lora", "auto", "2", "0", "16", "4", "1000"))));
        double early = result.get("residentAt200").doubleValue();
        double late = result.get("residentAtEnd").doubleValue();
        return List.of(new Row(
                "1,000 steps",
                String.format(
                        Locale.ROOT,
                        "%.0f MB, then %.0f MB (%+.1f %%)",
                        early / 1e6,
                        late / 1e6,
                        100 * (late / early - 1)),
                "within 5 %",
                Math.abs(late / early - 1) <= BAR));
    }
}
