package dev.savile.bench;

import dev.savile.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Peak memory of full fine-tuning and of LoRA with what saves memory, beside the plan that is printed before a
/// training: 2 rows of 256 tokens, all labelled, fp32.
final class MemorySavings implements Bench {
    private static final int ROUNDS = 3;
    /// The measured peak may differ from the plan by this share; it includes the Java machine and its libraries.
    private static final double PLAN_BAR = 0.35;

    /// What is measured.
    ///
    /// @param than   index of the case that must need more; -1 for none
    private record Case(String name, String technique, List<String> savings, int than) {}

    private static final List<Case> CASES = List.of(
            new Case("full", "full", List.of(), -1),
            new Case("full, recompute", "full", List.of("recompute"), 0),
            new Case("full, recompute, update-in-backward", "full", List.of("recompute", "update-in-backward"), 1),
            new Case(
                    "full, recompute, update-in-backward, moments=bf16",
                    "full",
                    List.of("recompute", "update-in-backward", "narrow-moments"),
                    2),
            new Case("lora", "lora", List.of(), -1),
            new Case("lora, recompute", "lora", List.of("recompute"), 4),
            new Case("lora, recompute, nf4", "lora", List.of("recompute", "nf4"), 5));

    @Override
    public String name() {
        return "memory-savings";
    }

    @Override
    public String about() {
        return "peak memory and speed of full and LoRA training with recomputed layers, updates in the backward pass, bf16 moments and a 4-bit base, beside the printed plan";
    }

    private record Figure(double peak, double planned, double rowsPerSecond) {}

    @Override
    public List<Row> run() {
        List<Row> rows = new ArrayList<>();
        List<Figure> figures = new ArrayList<>();
        for (Case one : CASES) {
            Figure figure = measure(one);
            figures.add(figure);
            double share = figure.peak / figure.planned;
            rows.add(new Row(
                    one.name + ": peak, " + String.format(Locale.ROOT, "%.2f rows/s", figure.rowsPerSecond),
                    String.format(Locale.ROOT, "%.0f MB, planned %.0f", figure.peak / 1e6, figure.planned / 1e6),
                    String.format(Locale.ROOT, "within %.0f %% of the plan", 100 * PLAN_BAR),
                    Math.abs(share - 1) <= PLAN_BAR));
            if (one.than >= 0)
                rows.add(new Row(
                        one.name + ": beside " + CASES.get(one.than).name,
                        String.format(Locale.ROOT, "%.0f %%", 100 * figure.peak / figures.get(one.than).peak),
                        "less",
                        figure.peak < figures.get(one.than).peak));
        }
        return rows;
    }

    private static Figure measure(Case one) {
        List<Double> peaks = new ArrayList<>();
        List<Double> speeds = new ArrayList<>();
        double planned = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<String> arguments =
                    new ArrayList<>(List.of(TrainingChild.NAME, one.technique, "fp32", "2", "0", "256", "256", "3"));
            arguments.addAll(one.savings);
            JsonNode result = Json.lenient()
                    .readTree(Processes.lastLine(Processes.output(
                            Processes.java("dev.savile.bench.Main", arguments.toArray(String[]::new)))));
            peaks.add(result.get("peakBytes").doubleValue());
            speeds.add(result.get("rowsPerSecond").doubleValue());
            planned = result.get("plannedBytes").doubleValue();
        }
        return new Figure(Processes.median(peaks), planned, Processes.median(speeds));
    }
}
