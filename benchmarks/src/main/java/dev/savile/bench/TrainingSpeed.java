package dev.savile.bench;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// LoRA training beside Hugging Face PEFT: speed against PEFT's best type, memory against PEFT in the same type.
final class TrainingSpeed implements Bench {
    private static final int ROUNDS = 3;
    private static final int STEPS = 6;
    private static final Pattern PEER = Pattern.compile("= ([0-9.]+) rows/s.*peak RSS ([0-9]+) MB");

    private record Shape(String name, int rows, int shared, int own, int labelled, double speedBar, double memoryBar) {}

    private record Figure(double rowsPerSecond, double peakBytes) {}

    @Override
    public String name() {
        return "training";
    }

    @Override
    public String about() {
        return "LoRA training: rows a second and peak memory beside PEFT, 16 rows sharing 40 of 60 tokens and 2 rows of 256";
    }

    @Override
    public List<Row> run() {
        String python = Processes.peersPython()
                .orElseThrow(() -> UserError.notFound(
                        "bench.peer",
                        "the peer PEFT is missing: SAVILE_PEERS_PYTHON names no Python",
                        "speed is only compared side by side",
                        "set it to a Python with torch, transformers and peft"));
        Path model = PeerModel.folder();
        List<Row> rows = new ArrayList<>();
        for (Shape shape : List.of(
                new Shape("16 rows, 40 shared + 20 own, 5 labelled", 16, 40, 20, 5, 3.5, 0.6),
                new Shape("2 rows of 256, all labelled", 2, 0, 256, 256, 1.2, 0.8)))
            rows.addAll(measure(shape, python, model));
        return rows;
    }

    private static List<Row> measure(Shape shape, String python, Path model) {
        Map<String, List<Figure>> ours = new LinkedHashMap<>();
        Map<String, List<Figure>> peers = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (String type : List.of("fp32", "bf16")) {
                add(ours, type, own(shape, type));
                add(peers, type, peer(shape, type, python, model));
            }
            add(peers, "amp", peer(shape, "amp", python, model));
        }
        double best = best(ours);
        double peerBest = best(peers);
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(
                shape.name + ": speed",
                String.format(Locale.ROOT, "%.2f against %.2f rows/s = %.2fx", best, peerBest, best / peerBest),
                "at least " + shape.speedBar + "x PEFT's best type",
                best >= shape.speedBar * peerBest));
        for (String type : List.of("fp32", "bf16")) {
            double own = Processes.median(ours.getOrDefault(type, List.of()).stream()
                    .map(Figure::peakBytes)
                    .toList());
            double peer = Processes.median(peers.getOrDefault(type, List.of()).stream()
                    .map(Figure::peakBytes)
                    .toList());
            rows.add(new Row(
                    shape.name + ": peak memory in " + type,
                    String.format(
                            Locale.ROOT, "%.0f against %.0f MB = %.0f %%", own / 1e6, peer / 1e6, 100 * own / peer),
                    String.format(Locale.ROOT, "at most %.0f %%", 100 * shape.memoryBar),
                    own <= shape.memoryBar * peer));
        }
        ours.forEach((type, figures) -> System.out.println("  savile " + type + ": " + shown(figures)));
        peers.forEach((type, figures) -> System.out.println("  PEFT " + type + ": " + shown(figures)));
        return rows;
    }

    private static String shown(List<Figure> figures) {
        return String.join(
                ", ",
                figures.stream()
                        .map(f -> String.format(Locale.ROOT, "%.2f rows/s", f.rowsPerSecond))
                        .toList());
    }

    private static void add(Map<String, List<Figure>> figures, String type, Figure figure) {
        figures.computeIfAbsent(type, key -> new ArrayList<>()).add(figure);
    }

    private static double best(Map<String, List<Figure>> figures) {
        return figures.values().stream()
                .mapToDouble(list -> Processes.median(
                        list.stream().map(Figure::rowsPerSecond).toList()))
                .max()
                .orElse(0);
    }

    private static Figure own(Shape shape, String type) {
        String out = Processes.output(
                Processes.java(
                        "dev.savile.bench.Main",
                        TrainingChild.NAME,
                        type,
                        "" + shape.rows,
                        "" + shape.shared,
                        "" + shape.own,
                        "" + shape.labelled,
                        "" + STEPS),
                Map.of());
        JsonNode result = Json.lenient().readTree(Processes.lastLine(out));
        return new Figure(
                result.get("rowsPerSecond").doubleValue(),
                result.get("peakBytes").doubleValue());
    }

    private static Figure peer(Shape shape, String type, String python, Path model) {
        List<String> command = new ArrayList<>(List.of(
                python,
                Processes.shared().resolve("peers/train_hf.py").toString(),
                model.toString(),
                "lora",
                type,
                "" + shape.rows,
                "" + (shape.shared + shape.own),
                "" + STEPS));
        if (shape.labelled < shape.shared + shape.own) command.add("" + shape.labelled);
        String line = Processes.lastLine(Processes.output(command, Map.of()));
        Matcher matcher = PEER.matcher(line);
        if (!matcher.find()) throw new IllegalStateException("cannot read the peer's line: " + line);
        return new Figure(Double.parseDouble(matcher.group(1)), Double.parseDouble(matcher.group(2)) * (1 << 20));
    }
}
