package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.data.Columns;
import dev.savile.data.LabelledReader;
import dev.savile.data.LabelledRow;
import dev.savile.engine.Rng;
import dev.savile.files.hub.ModelLocator;
import dev.savile.files.safetensors.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Every technique by its defaults on two data sets: what it reaches, trains, takes, stores and forgets.
///
/// Forgetting is measured on text that has nothing to do with the task: the perplexity of Shakespeare's plays under
/// the tuned model, over that under the base.
final class TechniqueTable implements Bench {
    private static final int PASSAGES = 16;
    private static final int PASSAGE_TOKENS = 256;

    /// @param perLabel rows of each label to train on
    /// @param tested   rows to test on
    private record Task(String name, String text, String label, int perLabel, int tested, int epochs) {}

    private record Data(Path train, Path test) {}

    /// A technique with what else the command lines need.
    ///
    /// @param base how the base is loaded, for training and for use
    private record Way(String name, String technique, List<String> base) {
        static List<Way> all() {
            List<Way> ways = new ArrayList<>();
            for (TechniqueCase one : TechniqueCase.values()) ways.add(new Way(one.id, one.id, List.of()));
            ways.add(2, new Way("qlora", TechniqueCase.LORA.id, List.of("--quantize", "nf4")));
            return ways;
        }

        List<String> with(Path out) {
            List<String> options = new ArrayList<>(base);
            options.addAll(List.of("--with", out.toString()));
            return options;
        }
    }

    private static final List<Task> TASKS = List.of(
            new Task("snips", "text", "label", 25, 210, 3),
            new Task("bitext-customer-support", "instruction", "intent", 12, 200, 2));

    private final List<Task> tasks;
    private final List<Way> ways;

    TechniqueTable() {
        this(TASKS, Way.all());
    }

    private TechniqueTable(List<Task> tasks, List<Way> ways) {
        this.tasks = tasks;
        this.ways = ways;
    }

    @Override
    public String name() {
        return "techniques";
    }

    @Override
    public String about() {
        return "all techniques by their defaults on SNIPS and on customer support: accuracy, trained share, seconds, memory, file, forgetting (45 minutes; techniques snips, techniques full ia3 for some of it)";
    }

    @Override
    public Bench part(List<String> names) {
        requireKnown(
                names,
                Stream.concat(TASKS.stream().map(Task::name), Way.all().stream().map(Way::name))
                        .toList());
        List<Task> someTasks =
                TASKS.stream().filter(task -> names.contains(task.name)).toList();
        List<Way> someWays =
                Way.all().stream().filter(way -> names.contains(way.name)).toList();
        return new TechniqueTable(someTasks.isEmpty() ? TASKS : someTasks, someWays.isEmpty() ? Way.all() : someWays);
    }

    @Override
    public List<Row> run() {
        try {
            Path folder = Files.createTempDirectory("bench-techniques");
            Path plays = folder.resolve("plays.txt");
            String text = Files.readString(Processes.shared().resolve("data/tinyshakespeare/input.txt"));
            Files.writeString(plays, text.substring(0, PASSAGES * PASSAGE_TOKENS * 4));
            List<Row> rows = new ArrayList<>();
            double base = perplexity(plays, List.of());
            System.out.printf(Locale.ROOT, "  base: perplexity of Shakespeare's plays %.1f%n", base);
            for (Task task : tasks) rows.addAll(table(task, folder, plays, base));
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Row> table(Task task, Path folder, Path plays, double base) throws IOException {
        Data data = data(task, folder);
        System.out.printf(
                Locale.ROOT,
                "%n| %s | accuracy, %% | trained values | share, %% | seconds | peak MB | file kB | forgetting |%n|---|---|---|---|---|---|---|---|%n",
                task.name);
        JsonNode plain = eval(data, List.of());
        System.out.printf(Locale.ROOT, "| zero-shot | %s | 0 | 0 | 0 | - | 0 | 1.00 |%n", accuracy(plain));
        List<Row> rows = new ArrayList<>();
        long values = baseValues();
        for (Way way : ways) {
            Path out = folder.resolve(task.name + "-" + way.name);
            List<String> command = new ArrayList<>(List.of(
                    "tune",
                    way.technique,
                    "--data",
                    data.train.toString(),
                    "--text",
                    "text",
                    "--label",
                    "label",
                    "--out",
                    out.toString(),
                    "--set",
                    "epochs=" + task.epochs,
                    "--set",
                    "checkpoint-seconds=100000",
                    "--json",
                    "--quiet"));
            command.addAll(way.base);
            JsonNode tuned = json(Processes.savile(command.toArray(String[]::new)));
            JsonNode scored = eval(data, way.with(out));
            double forgetting = perplexity(plays, way.with(out)) / base;
            long trained = tuned.get("trainedValues").longValue();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %,d | %.3f | %.0f | %.0f | %,d | %.2f |%n",
                    way.name,
                    accuracy(scored),
                    trained,
                    100.0 * trained / values,
                    tuned.get("seconds").doubleValue(),
                    tuned.get("peakBytes").doubleValue() / 1e6,
                    bytes(out) / 1000,
                    forgetting);
            double value = value(scored);
            rows.add(new Row(
                    task.name + ", " + way.name,
                    String.format(Locale.ROOT, "%.1f %% against %.1f zero-shot", 100 * value, 100 * value(plain)),
                    "better than zero-shot",
                    value > value(plain)));
        }
        return rows;
    }

    /// Number of the base's values.
    private static long baseValues() {
        Path folder = new ModelLocator(Env.ofProcess(), Progress.none())
                .locateDefault()
                .folder();
        try (var file = Safetensors.open(folder.resolve("model.safetensors"))) {
            return file.names().stream()
                    .mapToLong(name -> Arrays.stream(file.info(name).shape()).reduce(1, (left, right) -> left * right))
                    .sum();
        }
    }

    private static JsonNode json(List<String> command) {
        return Json.lenient().readTree(Processes.lastLine(Processes.output(command)));
    }

    private static JsonNode eval(Data data, List<String> with) {
        List<String> command = new ArrayList<>(List.of(
                "eval", "--data", data.test.toString(), "--text", "text", "--label", "label", "--json", "--quiet"));
        command.addAll(with);
        return json(Processes.savile(command.toArray(String[]::new)));
    }

    private static double perplexity(Path plays, List<String> with) {
        List<String> command = new ArrayList<>(List.of(
                "eval",
                "--data",
                plays.toString(),
                "--kind",
                "text",
                "--max-tokens",
                Integer.toString(PASSAGE_TOKENS),
                "--limit",
                Integer.toString(PASSAGES),
                "--json",
                "--quiet"));
        command.addAll(with);
        return json(Processes.savile(command.toArray(String[]::new)))
                .at("/metrics/perplexity/value")
                .doubleValue();
    }

    private static double value(JsonNode scored) {
        return scored.at("/metrics/accuracy/value").doubleValue();
    }

    private static String accuracy(JsonNode scored) {
        JsonNode accuracy = scored.at("/metrics/accuracy");
        return String.format(
                Locale.ROOT,
                "%.1f (%.1f..%.1f)",
                100 * accuracy.get("value").doubleValue(),
                100 * accuracy.get("low").doubleValue(),
                100 * accuracy.get("high").doubleValue());
    }

    /// Bytes of what is needed to answer: values and settings, not the training state, nor the encoder behind finished
    /// virtual tokens.
    private static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> {
                        String name = folder.relativize(file).toString();
                        return !name.contains("train")
                                && !name.endsWith("encoder.safetensors")
                                && !name.endsWith("optimizer.safetensors");
                    })
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /// Draw rows of each label to train on and others to test on.
    private static Data data(Task task, Path folder) {
        Path file = task.name.equals("snips")
                ? SnipsData.write(
                        Processes.shared().resolve("data/snips"), task.perLabel + 30, 1, folder.resolve("snips.csv"))
                : Processes.shared().resolve("data/bitext-customer-support/bitext_short_2023-08-07.csv");
        List<LabelledRow> all =
                LabelledReader.read(file, Columns.named(task.text, task.label)).rows();
        Map<String, List<LabelledRow>> byLabel = new TreeMap<>();
        int[] order = Rng.of(1, "techniques", task.name).permutation(all.size());
        for (int place : order)
            byLabel.computeIfAbsent(all.get(place).label(), label -> new ArrayList<>())
                    .add(all.get(place));
        List<LabelledRow> train = new ArrayList<>();
        List<LabelledRow> rest = new ArrayList<>();
        byLabel.values().forEach(rows -> {
            train.addAll(rows.subList(0, Math.min(task.perLabel, rows.size())));
            rest.addAll(rows.subList(Math.min(task.perLabel, rows.size()), rows.size()));
        });
        int[] shuffled = Rng.of(2, "techniques", task.name).permutation(rest.size());
        List<LabelledRow> test = new ArrayList<>();
        for (int i = 0; i < Math.min(task.tested, shuffled.length); i++) test.add(rest.get(shuffled[i]));
        train.sort(Comparator.comparingInt(LabelledRow::id));
        return new Data(
                csv(train, folder.resolve(task.name + "-train.csv")),
                csv(test, folder.resolve(task.name + "-test.csv")));
    }

    private static Path csv(List<LabelledRow> rows, Path target) {
        var csv = new LabelledCsv("label");
        for (LabelledRow row : rows) csv.add(row.text(), row.label());
        return csv.write(target);
    }
}
