package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Evenly;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.evaluate.task.TaskCatalog;
import dev.savile.evaluate.task.TaskData;
import dev.savile.evaluate.task.TaskItem;
import dev.savile.evaluate.task.TaskPrompt;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
import dev.savile.technique.prompt.Demo;
import dev.savile.technique.prompt.DemoSelector;
import dev.savile.technique.prompt.DemoStrategy;
import dev.savile.technique.prompt.PromptBundle;
import dev.savile.technique.prompt.PromptRenderer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Few-shot evaluation with worked examples that all questions share, beside a plain loop of transformers over the
/// same prompts.
final class FewShotScoring implements Bench {
    private static final int ROUNDS = 3;
    private static final int SHOTS = 4;
    private static final int ROWS = 224;
    /// The default of `eval`.
    private static final int POOL = 1_000;
    private static final int PEER_ROWS = 12;
    private static final double BAR = 5;
    private static final int CONTEXT = 8192;

    @Override
    public String name() {
        return "few-shot-scoring";
    }

    @Override
    public String about() {
        return "SNIPS with 4 worked examples in the prompt: rows a second beside a plain loop of transformers";
    }

    @Override
    public List<Row> run() {
        String python = ScoringPeer.python();
        Path root = Processes.shared().resolve("data");
        try {
            Path folder = Files.createTempDirectory("bench-few-shot");
            TaskData data = TaskData.read(TaskCatalog.find("snips"), root, 0);
            PromptBundle bundle = TaskPrompt.zeroShot()
                    .with(TaskPrompt.Examples.of(DemoStrategy.RANDOM, SHOTS, 0).from(POOL))
                    .of(data);
            Path prompts = folder.resolve("rows.jsonl");
            Path labels = folder.resolve("labels.json");
            Files.writeString(labels, Json.line(data.labels()));
            Files.writeString(prompts, prompts(data, bundle));
            Path model = PeerModel.folder();
            List<Double> own = new ArrayList<>();
            List<Double> peer = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                JsonNode result = Json.lenient()
                        .readTree(Processes.lastLine(Processes.output(Processes.savile(
                                "eval",
                                "--task",
                                "snips",
                                "--data-dir",
                                root.toString(),
                                "--shots",
                                "" + SHOTS,
                                "--demos",
                                "random",
                                "--limit",
                                "" + ROWS,
                                "--no-cache",
                                "--precision",
                                "fp32",
                                "--json",
                                "--quiet"))));
                own.add(result.get("rows").intValue() / result.get("seconds").doubleValue());
                peer.add(ScoringPeer.rowsPerSecond(python, model, prompts, labels, PEER_ROWS));
            }
            double ratio = Processes.median(own) / Processes.median(peer);
            return List.of(new Row(
                    "snips, 7 labels, " + SHOTS + " examples",
                    String.format(
                            Locale.ROOT,
                            "%.1f against %.2f rows/s = %.1fx",
                            Processes.median(own),
                            Processes.median(peer),
                            ratio),
                    "at least " + BAR + "x",
                    ratio >= BAR));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The same prompts that `eval` renders.
    private static String prompts(TaskData data, PromptBundle bundle) {
        Path model = new ModelLocator(Env.ofProcess(), Progress.none())
                .locateDefault()
                .folder();
        var renderer = new PromptRenderer(bundle, BaseModel.encoder(model), CONTEXT, PromptRenderer.OverLength.REFUSE);
        var selector = new DemoSelector(bundle);
        var lines = new StringBuilder();
        for (TaskItem item : Evenly.of(data.test(), PEER_ROWS)) {
            List<Demo> demos = selector.select(bundle.inputText(item.fields()));
            String text = renderer.text(renderer.prompt(item.fields(), demos));
            lines.append(Json.line(Map.of("prompt", text, "label", item.answer())))
                    .append('\n');
        }
        return lines.toString();
    }
}
