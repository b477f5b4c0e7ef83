package dev.savile.bench;

import dev.savile.common.Env;
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
import java.util.List;

/// Labels scored by log-likelihood, beside a plain loop of transformers: one padded batch a row.
final class LabelScoring implements Bench {
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
        try {
            Path csv = Files.createTempDirectory("bench-scoring").resolve("snips.csv");
            SnipsData.write(Processes.shared().resolve("data/snips"), 32, 1, csv);
            return List.of(ScoringPeer.beside(
                    "snips, 7 labels",
                    Processes.savile("eval", "--data", csv.toString(), "--json", "--quiet"),
                    prompts(csv),
                    SnipsData.INTENTS,
                    PEER_ROWS,
                    BAR));
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
            lines.append(ScoringPeer.line(text, row.label()));
        }
        return lines.toString();
    }
}
