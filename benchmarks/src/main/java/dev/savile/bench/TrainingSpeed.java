package dev.savile.bench;

import dev.savile.common.Json;
import dev.savile.common.UserError;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Training beside Hugging Face PEFT: speed against PEFT's best type, memory against PEFT in the same type.
final class TrainingSpeed implements Bench {
    static final String TECHNIQUES = "techniques-speed";
    private static final int ROUNDS = 5;
    private static final int STEPS = 6;
    /// A first look at a type: so few steps, and no longer than this. A processor without bf16 products would spend an
    /// hour on a type that nobody would train in there.
    private static final int LOOK_STEPS = 2;
    private static final Duration LOOK = Duration.ofSeconds(60);
    /// A type that is slower than the best by this factor at first look is not measured further.
    private static final double HOPELESS = 2;
    /// DoRA's step may take so many times LoRA's.
    private static final double DORA_BAR = 1.25;
    private static final Pattern PEER = Pattern.compile("= ([0-9.]+) rows/s.*peak RSS ([0-9]+) MB");

    private static final Shape SHARED = new Shape("16 rows, 40 shared + 20 own, 5 labelled", 16, 40, 20, 5);
    private static final Shape LONG = new Shape("2 rows of 256, all labelled", 2, 0, 256, 256);

    /// What is measured against what.
    ///
    /// @param memoryBar share of the peer's memory that may be used; 0 when it is not compared
    private record Case(TechniqueCase technique, Shape shape, double speedBar, double memoryBar) {
        String name() {
            return technique.id + ", " + shape.name();
        }
    }

    private final String name;
    private final String about;
    private final List<Case> cases;
    /// Types that were too slow for a system, so that they are looked at once.
    private final Set<String> hopeless = new TreeSet<>();

    private record Figure(double rowsPerSecond, double peakBytes) {}

    private TrainingSpeed(String name, String about, List<Case> cases) {
        this.name = name;
        this.about = about;
        this.cases = cases;
    }

    static TrainingSpeed lora() {
        return new TrainingSpeed(
                "training",
                "LoRA training: rows a second and peak memory beside PEFT, 16 rows sharing 40 of 60 tokens and 2 rows of 256",
                List.of(new Case(TechniqueCase.LORA, SHARED, 3.5, 0.6), new Case(TechniqueCase.LORA, LONG, 1.2, 0.8)));
    }

    /// @param chosen ids of techniques; all of them when there are none
    static TrainingSpeed techniques(List<String> chosen) {
        List<Case> cases = new ArrayList<>();
        List<TechniqueCase> techniques = chosen.isEmpty()
                ? List.of(TechniqueCase.values())
                : chosen.stream().map(TechniqueCase::of).toList();
        for (TechniqueCase technique : techniques) {
            cases.add(new Case(technique, SHARED, 3, 0));
            cases.add(new Case(technique, LONG, technique.fullLengthBar, 0));
        }
        return new TrainingSpeed(
                TECHNIQUES,
                "every technique's training: rows a second beside PEFT on the same two shapes, and DoRA beside LoRA (over an hour; techniques-speed lora dora for some of them)",
                cases);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String about() {
        return about;
    }

    @Override
    public Bench part(List<String> names) {
        return name.equals(TECHNIQUES) ? techniques(names) : Bench.super.part(names);
    }

    @Override
    public List<Row> run() {
        hopeless.clear();
        String python = Processes.peersPython()
                .orElseThrow(() -> UserError.notFound(
                        "bench.peer",
                        "the peer PEFT is missing: SAVILE_PEERS_PYTHON names no Python",
                        "speed is only compared side by side",
                        "set it to a Python with torch, transformers and peft"));
        Path model = PeerModel.folder();
        List<Row> rows = new ArrayList<>();
        Map<Case, Double> speeds = new LinkedHashMap<>();
        for (Case one : cases) rows.addAll(measure(one, python, model, speeds));
        for (Case one : cases) {
            Double lora = speeds.get(new Case(TechniqueCase.LORA, one.shape, one.speedBar, one.memoryBar));
            if (one.technique != TechniqueCase.DORA || lora == null) continue;
            double ratio = lora / speeds.getOrDefault(one, 0.0);
            rows.add(new Row(
                    one.name() + ": step time",
                    String.format(Locale.ROOT, "%.2f times LoRA's", ratio),
                    "at most " + DORA_BAR + " times",
                    ratio <= DORA_BAR));
        }
        return rows;
    }

    /// Measures a type in a process of its own; nothing when it took too long.
    @FunctionalInterface
    private interface Trial {
        Optional<Figure> run(String type, int steps, Duration limit);
    }

    private List<Row> measure(Case one, String python, Path model, Map<Case, Double> speeds) {
        Trial ours = (type, steps, limit) -> own(one, type, steps, limit);
        Trial peers = (type, steps, limit) -> peer(one, type, steps, limit, python, model);
        System.out.println("  " + one.name());
        List<String> ownTypes = worthwhile("savile", ours, List.of("fp32", "bf16"));
        List<String> peerTypes = worthwhile("peer", peers, List.of("fp32", "bf16", "amp"));
        Map<String, List<Figure>> own = new LinkedHashMap<>();
        Map<String, List<Figure>> peer = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (String type : ownTypes) add("savile", own, type, ours);
            for (String type : peerTypes) add("peer", peer, type, peers);
        }
        double best = best(own);
        double peerBest = best(peer);
        speeds.put(one, best);
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(
                one.name() + ": speed",
                String.format(Locale.ROOT, "%.2f against %.2f rows/s = %.2fx", best, peerBest, best / peerBest),
                "at least " + one.speedBar + "x the peer's best type",
                best >= one.speedBar * peerBest));
        if (one.memoryBar == 0) return rows;
        for (String type : ownTypes) {
            List<Figure> same = peer.get(type);
            if (same != null) rows.add(memory(one, type, own.getOrDefault(type, List.of()), same));
        }
        return rows;
    }

    private static Row memory(Case one, String type, List<Figure> own, List<Figure> peer) {
        double bytes = Processes.median(own.stream().map(Figure::peakBytes).toList());
        double peerBytes = Processes.median(peer.stream().map(Figure::peakBytes).toList());
        return new Row(
                one.name() + ": peak memory in " + type,
                String.format(
                        Locale.ROOT,
                        "%.0f against %.0f MB = %.0f %%",
                        bytes / 1e6,
                        peerBytes / 1e6,
                        100 * bytes / peerBytes),
                String.format(Locale.ROOT, "at most %.0f %%", 100 * one.memoryBar),
                bytes <= one.memoryBar * peerBytes);
    }

    /// Look at each type once and return those that may be the best.
    private List<String> worthwhile(String who, Trial trial, List<String> types) {
        Map<String, Double> speeds = new LinkedHashMap<>();
        for (String type : types) {
            if (hopeless.contains(who + " " + type)) continue;
            Optional<Figure> figure = trial.run(type, LOOK_STEPS, LOOK);
            figure.ifPresentOrElse(
                    f -> say(who, type, f, " at first look"),
                    () -> System.out.printf(
                            Locale.ROOT,
                            "    %s %s: left out, over %d s for %d steps%n",
                            who,
                            type,
                            LOOK.toSeconds(),
                            LOOK_STEPS));
            figure.ifPresent(f -> speeds.put(type, f.rowsPerSecond));
        }
        double best = speeds.values().stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElseThrow(() -> UserError.resource(
                        "bench.slow",
                        who + " made no " + LOOK_STEPS + " steps in " + LOOK.toSeconds() + " s in any type",
                        "there is nothing to compare",
                        "use a faster computer"));
        for (String type : types) if (speeds.getOrDefault(type, 0.0) * HOPELESS < best) hopeless.add(who + " " + type);
        return types.stream()
                .filter(type -> !hopeless.contains(who + " " + type))
                .toList();
    }

    private static void say(String who, String type, Figure figure, String when) {
        System.out.printf(
                Locale.ROOT,
                "    %s %s%s: %.2f rows/s, %.0f MB%n",
                who,
                type,
                when,
                figure.rowsPerSecond,
                figure.peakBytes / 1e6);
    }

    private static void add(String who, Map<String, List<Figure>> figures, String type, Trial trial) {
        Figure figure = trial.run(type, STEPS, Duration.ofHours(1))
                .orElseThrow(() -> UserError.resource(
                        "bench.slow",
                        who + " took over an hour for " + STEPS + " steps",
                        "that is no figure",
                        "try again"));
        say(who, type, figure, "");
        figures.computeIfAbsent(type, key -> new ArrayList<>()).add(figure);
    }

    private static double best(Map<String, List<Figure>> figures) {
        return figures.values().stream()
                .mapToDouble(list -> Processes.median(
                        list.stream().map(Figure::rowsPerSecond).toList()))
                .max()
                .orElse(0);
    }

    private static Optional<Figure> own(Case one, String type, int steps, Duration limit) {
        return Processes.output(
                        Processes.java(
                                "dev.savile.bench.Main",
                                TrainingChild.NAME,
                                one.technique.id,
                                type,
                                "" + one.shape.rows(),
                                "" + one.shape.shared(),
                                "" + one.shape.own(),
                                "" + one.shape.labelled(),
                                "" + steps),
                        limit)
                .map(out -> {
                    JsonNode result = Json.lenient().readTree(Processes.lastLine(out));
                    return new Figure(
                            result.get("rowsPerSecond").doubleValue(),
                            result.get("peakBytes").doubleValue());
                });
    }

    private static Path script(TechniqueCase technique) {
        return technique == TechniqueCase.BOTTLENECK
                ? Processes.root().resolve("benchmarks/python/train_adapters.py")
                : Processes.shared().resolve("peers/train_hf.py");
    }

    private static Optional<Figure> peer(Case one, String type, int steps, Duration limit, String python, Path model) {
        Shape shape = one.shape;
        List<String> command = new ArrayList<>(List.of(
                python,
                script(one.technique).toString(),
                model.toString(),
                one.technique.peer,
                type,
                "" + shape.rows(),
                "" + shape.tokens(),
                "" + steps));
        if (shape.labelled() < shape.tokens()) command.add("" + shape.labelled());
        return Processes.output(command, limit).map(out -> {
            String line = Processes.lastLine(out);
            Matcher matcher = PEER.matcher(line);
            if (!matcher.find()) throw new IllegalStateException("cannot read the peer's line: " + line);
            return new Figure(Double.parseDouble(matcher.group(1)), Double.parseDouble(matcher.group(2)) * (1 << 20));
        });
    }
}
