package dev.savile.bench;

import dev.savile.common.Env;
import dev.savile.common.Json;
import dev.savile.common.Progress;
import dev.savile.data.Columns;
import dev.savile.data.LabelledReader;
import dev.savile.data.LabelledRow;
import dev.savile.files.hub.ModelLocator;
import dev.savile.model.BaseModel;
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

/// Labels scored by log-likelihood, beside a plain loop of transformers: one padded batch a row.
final class LabelScoring implements Bench {
    private static final int ROUNDS = 3;
    private static final int PEER_ROWS = 24;
    private static final double BAR = 8;

    @Override
    public String name() {
        return "label-scoring";
    }

    @Override
    public String about() {
        return "scoring 7 labels of SNIPS: rows a second beside a plain loop of transformers";
    }

    @Override
    public List<Row> run() {
        String python = ScoringPeer.python();
        try {
            Path folder = Files.createTempDirectory("bench-scoring");
            Path csv = SnipsData.write(Processes.shared().resolve("data/snips"), 32, 1, folder.resolve("snips.csv"));
            Path prompts = folder.resolve("rows.jsonl");
            Path labels = folder.resolve("labels.json");
            Files.writeString(labels, Json.line(SnipsData.INTENTS));
            Files.writeString(prompts, prompts(csv));
            Path model = PeerModel.folder();
            List<Double> own = new ArrayList<>();
            List<Double> peer = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                JsonNode result = Json.lenient()
                        .readTree(Processes.lastLine(Processes.output(
                                Processes.savile("eval", "--data", csv.toString(), "--json", "--quiet"))));
                own.add(result.get("rows").intValue() / result.get("seconds").doubleValue());
                peer.add(ScoringPeer.rowsPerSecond(python, model, prompts, labels, PEER_ROWS));
            }
            double ratio = Processes.median(own) / Processes.median(peer);
            return List.of(new Row(
                    "snips, 7 labels",
                    String.format(
                            Locale.ROOT,
                            "%.1f against %.2f rows/s = %.1fx",
                            Processes.median(own),
                            Processes.median(peer),
                            ratio),
                    "at least 8x",
                    ratio >= BAR));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The same prompts that `eval` renders.
    private static String prompts(Path csv) {
        var data = LabelledReader.read(csv, Columns.guessed());
        Path folder = new ModelLocator(Env.ofProcess(), Progress.none())
                .locateDefault()
                .folder();
        var renderer = new PromptRenderer(
                PromptBundle.classification(data.labels(), true),
                BaseModel.encoder(folder),
                8192,
                PromptRenderer.OverLength.REFUSE);
        var lines = new StringBuilder();
        for (LabelledRow row : data.rows()) {
            var conversation = renderer.prompt(row.text()).conversation();
            String text =
                    renderer.encoder().template().render(conversation, true).text();
            lines.append(Json.line(Map.of("prompt", text, "label", row.label())))
                    .append('\n');
        }
        return lines.toString();
    }
}
