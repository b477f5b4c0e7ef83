package dev.savile.bench;

import dev.savile.bench.Bench.Row;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.common.StopSignal;
import dev.savile.common.UserError;
import dev.savile.engine.EngineThread;
import dev.savile.engine.Precision;
import dev.savile.engine.Rng;
import dev.savile.generate.BatchGenerator;
import dev.savile.generate.EndTokens;
import dev.savile.generate.Generation;
import dev.savile.generate.GenerationOptions;
import dev.savile.generate.GenerationRequest;
import dev.savile.model.BaseModel;
import dev.savile.model.CausalLm;
import dev.savile.model.Tuning;
import dev.savile.train.MemorySaving;
import dev.savile.train.StepEvent;
import dev.savile.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// How fast a GPU trains and writes, beside Hugging Face PEFT and transformers on it. A figure is the median of three
/// rounds, after a warm-up.
final class GpuSpeed {
    private static final int WARM_UP = 5;
    private static final int STEPS = 10;
    private static final int ROUNDS = 3;
    private static final int PROMPT_TOKENS = 128;
    private static final int NEW_TOKENS = 128;
    /// In bf16 the peer has two ways, weights in bf16 and a cast at each operation: the better one counts.
    private static final Map<String, List<String>> PEER_TYPES =
            Map.of("fp32", List.of("fp32"), "bf16", List.of("bf16", "amp"));

    private GpuSpeed() {}

    /// Something to time.
    private sealed interface Work {
        /// As the peer's script reads it, and names its figure.
        String key();

        String name();

        String unit();
    }

    private record Training(TechniqueCase technique, Shape shape) implements Work {
        @Override
        public String key() {
            return technique.peer + ":" + shape.rows() + "x" + shape.tokens() + ":" + shape.labelled();
        }

        @Override
        public String name() {
            return technique.id + ", " + shape.name();
        }

        @Override
        public String unit() {
            return "rows/s";
        }
    }

    private record Writing(int rows) implements Work {
        @Override
        public String key() {
            return "decode:" + rows + "x" + PROMPT_TOKENS + ":" + NEW_TOKENS;
        }

        @Override
        public String name() {
            return rows == 1 ? "writing an answer" : "writing " + rows + " answers at once";
        }

        @Override
        public String unit() {
            return "tokens/s";
        }
    }

    private static final List<Work> WORKS = List.of(
            new Training(TechniqueCase.LORA, Gpu.SHARED),
            new Training(TechniqueCase.LORA, Gpu.LONG),
            new Training(TechniqueCase.FULL, Gpu.SHARED),
            new Training(TechniqueCase.FULL, Gpu.LONG),
            new Writing(1),
            new Writing(8));

    static List<Row> rows(Path folder) {
        Map<String, Double> peers = peers(folder);
        List<Row> rows = new ArrayList<>();
        for (String type : List.of("fp32", "bf16")) {
            Precision precision = type.equals("fp32") ? Precision.FP32 : Precision.bf16(Gpu.DEVICE);
            EngineThread.run(() -> {
                try (var model = BaseModel.decoder(folder, precision, Gpu.DEVICE)) {
                    for (Work work : WORKS) rows.add(row(work, type, model, peers));
                }
            });
        }
        return rows;
    }

    private static Row row(Work work, String type, CausalLm model, Map<String, Double> peers) {
        return Gpu.row(work.name() + ", " + type, "at least 1x the peer's better way", row -> {
            double own = own(work, type, model);
            double peer = PEER_TYPES.getOrDefault(type, List.of()).stream()
                    .mapToDouble(peerType -> peers.getOrDefault(key(work.key(), peerType), 0.0))
                    .max()
                    .orElse(0);
            return peer == 0
                    ? row.measured(String.format(Locale.ROOT, "%.1f %s, the peer is missing", own, work.unit()), false)
                    : row.measured(
                            String.format(
                                    Locale.ROOT, "%.1f against %.1f %s = %.2fx", own, peer, work.unit(), own / peer),
                            own >= peer);
        });
    }

    private static double own(Work work, String type, CausalLm model) {
        List<Double> rounds =
                switch (work) {
                    case Training training -> trained(training, model);
                    case Writing writing -> written(writing, model);
                };
        say("savile", work.key(), type, rounds, work.unit());
        return Processes.median(rounds);
    }

    private static void say(String who, String key, String type, List<Double> rounds, String unit) {
        String figures = String.join(
                ", ",
                rounds.stream()
                        .map(one -> String.format(Locale.ROOT, "%.1f", one))
                        .toList());
        System.out.printf(Locale.ROOT, "    %s %s %s: %s %s%n", who, key, type, figures, unit);
    }

    private static List<Double> trained(Training training, CausalLm model) {
        List<Long> ends = new ArrayList<>();
        try (var tuning = training.technique.start(model)) {
            Gpu.train(
                    model,
                    tuning,
                    training.shape,
                    WARM_UP + ROUNDS * STEPS,
                    1e-4,
                    MemorySaving.NONE,
                    new TrainingListener() {
                        @Override
                        public void step(StepEvent event) {
                            if ((event.step() - WARM_UP) % STEPS != 0) return;
                            Gpu.DEVICE.synchronize(); // what was asked for is not yet done
                            ends.add(System.nanoTime());
                        }
                    });
        }
        List<Double> rounds = new ArrayList<>();
        for (int i = 1; i < ends.size(); i++)
            rounds.add(1e9 * training.shape.rows() * STEPS / (ends.get(i) - ends.get(i - 1)));
        return rounds;
    }

    private static List<Double> written(Writing writing, CausalLm model) {
        generate(writing.rows, 8, model);
        List<Double> rounds = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++)
            rounds.add(generate(writing.rows, NEW_TOKENS, model).stream()
                    .mapToDouble(Generation::tokensPerSecond)
                    .sum());
        return rounds;
    }

    private static List<Generation> generate(int rows, int tokens, CausalLm model) {
        var rng = Rng.of(3, "prompts");
        List<BatchGenerator.Work> works = new ArrayList<>();
        for (int i = 0; i < rows; i++)
            works.add(new BatchGenerator.Work(GenerationRequest.of(
                    Shape.draw(rng, PROMPT_TOKENS),
                    GenerationOptions.greedy(tokens).ignoringEnd(),
                    EndTokens.NONE)));
        try (Progress.Task task = Progress.none().start("writing", rows, "answers")) {
            return new BatchGenerator(model, Tuning.NONE, rows).generate(works, task, new StopSignal());
        }
    }

    /// The peers' figures, by work and type; none where they are missing or break.
    private static Map<String, Double> peers(Path folder) {
        try {
            return Processes.peersPython().map(python -> peers(python, folder)).orElse(Map.of());
        } catch (UserError e) {
            System.out.println("    " + e.what() + "\n" + e.fix());
            return Map.of();
        }
    }

    private static Map<String, Double> peers(String python, Path folder) {
        List<String> command = new ArrayList<>(List.of(
                python,
                Processes.root().resolve("benchmarks/python/train_cuda.py").toString(),
                folder.toString(),
                "" + WARM_UP,
                "" + STEPS,
                "" + ROUNDS));
        for (Work work : WORKS) command.add(work.key());
        Map<String, Double> figures = new LinkedHashMap<>();
        for (String line : Processes.output(command).lines().toList()) {
            if (!line.startsWith("{")) continue; // libraries print what they please
            JsonNode result = Json.lenient().readTree(line);
            List<Double> rounds = new ArrayList<>();
            for (JsonNode one : result.get("per_second")) rounds.add(one.doubleValue());
            String work = result.get("work").asString();
            String type = result.get("type").asString();
            say("peer", work, type, rounds, "a second");
            figures.put(key(work, type), Processes.median(rounds));
        }
        return figures;
    }

    private static String key(String work, String type) {
        return work + " " + type;
    }
}
